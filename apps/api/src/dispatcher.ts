import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { processLauncher } from './dispatch/processLauncher.ts';
import { startDispatcher } from './dispatch/startDispatcher.ts';
import { readDispatcherEnvironment, workerEnvironment } from './environment.ts';
import { createLog, redact } from './log.ts';
import { onStopSignal } from './onStopSignal.ts';

/** The dispatcher: `node apps/api/src/dispatcher.ts` with the environment of environment.ts, and that of the workers it starts. */
try {
  const env = readDispatcherEnvironment(process.env);
  const log = createLog('thaw-dispatcher', env.LOG_LEVEL);
  await migrate(env.DATABASE_URL, { waitSeconds: env.DATABASE_WAIT_SECONDS });
  const db = openDatabase({ url: env.DATABASE_URL, name: 'thaw-dispatcher', max: 4 });
  const settings = { maxActivePerOwner: env.MAX_RUNS_PER_OWNER ?? null };
  const workers =
    env.THAW_LAUNCHER === 'none'
      ? { launcher: null, maxWorkers: 0, launchSeconds: 60 }
      : {
          launcher: processLauncher({ command: env.THAW_WORKER_COMMAND, environment: workerEnvironment(process.env), log }),
          maxWorkers: env.MAX_WORKERS,
          launchSeconds: env.THAW_LAUNCH_SECONDS,
        };
  const dispatcher = startDispatcher({ ctx: { db, log, settings }, databaseUrl: env.DATABASE_URL, ...workers });
  log.info({ launcher: env.THAW_LAUNCHER }, 'the dispatcher is ready');
  onStopSignal(log, async () => {
    await dispatcher.close();
    await closeDatabase(db);
  });
} catch (error) {
  process.stderr.write(`${redact(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
}
