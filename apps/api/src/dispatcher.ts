import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { ingestQueue } from './dispatch/ingestQueue.ts';
import { openLaunchers } from './dispatch/openLaunchers.ts';
import { runQueue } from './dispatch/runQueue.ts';
import { startDispatcher } from './dispatch/startDispatcher.ts';
import { taskQueue } from './dispatch/taskQueue.ts';
import { databaseSettings, directUrl, quotaDefaults, readDispatcherEnvironment } from './environment.ts';
import { openTally } from './housekeeping/openTally.ts';
import { startHousekeeping } from './housekeeping/startHousekeeping.ts';
import { tallyLeases } from './housekeeping/tallyLeases.ts';
import { createLog, redact } from './log.ts';
import { onStopSignal } from './onStopSignal.ts';
import { openStorage } from './storage/storage.ts';
import { resolveBySystem } from './webhooks/postSafely.ts';
import { sealingKey } from './webhooks/sealSecret.ts';
import { startDeliveries } from './webhooks/startDeliveries.ts';

/** The dispatcher: `node apps/api/src/dispatcher.ts` with the environment of environment.ts, and that of the workers it starts. */
try {
  const env = readDispatcherEnvironment(process.env);
  const log = createLog('thaw-dispatcher', env.LOG_LEVEL);
  await migrate(directUrl(env), { waitSeconds: env.DATABASE_WAIT_SECONDS });
  const db = openDatabase({ ...databaseSettings(env, 4), name: 'thaw-dispatcher' });
  const settings = { quota: quotaDefaults(env) };
  const workers = await openLaunchers(env, process.env, log);
  const tally = openTally({ db, log });
  const lines = [
    { queue: tallyLeases(runQueue({ db, log, settings }), 'expire-run-leases', tally), ...workers.runs },
    { queue: tallyLeases(ingestQueue({ db, log }), 'expire-import-leases', tally), ...workers.imports },
    { queue: tallyLeases(taskQueue({ db, log }), 'expire-task-leases', tally), ...workers.tasks },
  ];
  const launchSeconds = env.THAW_LAUNCHER === 'none' ? 60 : env.THAW_LAUNCH_SECONDS;
  // A Pod may wait for its node and its image for long; one that has begun has as long as any other worker.
  const patience = env.THAW_LAUNCHER === 'kubernetes' ? { launchSeconds, silentSeconds: 90 } : { launchSeconds };
  const dispatcher = startDispatcher({ log, databaseUrl: directUrl(env), lines, ...patience });
  if (env.AUTH_SECRET === undefined) log.warn('no AUTH_SECRET: nothing is sent to webhooks');
  const deliveries =
    env.AUTH_SECRET === undefined
      ? null
      : startDeliveries({ ctx: { db, log, key: sealingKey(env.AUTH_SECRET), places: env.WEBHOOK_ALLOW_PRIVATE, resolve: resolveBySystem, answerSeconds: 10 }, databaseUrl: directUrl(env) });
  const storage = env.storage === null ? null : openStorage(env.storage);
  if (storage === null) log.warn('no S3_ENDPOINT: what is deleted stays in the storage until a dispatcher that has one sweeps it');
  // Runs and imports go on without it.
  const housekeeping =
    storage === null
      ? null
      : await startHousekeeping({ ctx: { db, storage, log }, databaseUrl: directUrl(env), checkpointDays: env.CHECKPOINT_RETENTION_DAYS }).catch((error: unknown) => {
          log.error({ err: error }, 'housekeeping cannot be started: nothing is swept until the dispatcher is started again');
          return null;
        });
  log.info({ launcher: env.THAW_LAUNCHER }, 'the dispatcher is ready');
  onStopSignal(log, async () => {
    await Promise.all([dispatcher.close(), deliveries?.close(), housekeeping?.close()]);
    await tally.close();
    storage?.close();
    await closeDatabase(db);
  });
} catch (error) {
  process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
}
