import { createAdaptorServer } from '@hono/node-server';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics } from 'prom-client';
import type { Logger } from 'pino';
import { accountSettings } from './accounts/accountEnvironment.ts';
import { openAccounts } from './accounts/openAccounts.ts';
import { createApp } from './app.ts';
import { databaseSettings, directUrl, quotaDefaults, storageSettings, type ServerEnvironment } from './environment.ts';
import { openModelFiles } from './predict/modelFiles.ts';
import { openPredictors } from './predict/predictors.ts';
import { answerUnreadable } from './routes/answerUnreadable.ts';
import { openStorage } from './storage/storage.ts';
import { openFeed } from './stream/feed.ts';
import { openTelemetry } from './telemetry/openTelemetry.ts';
import { sealingKey } from './webhooks/sealSecret.ts';

/** Requests that are still under way when the server closes get so long to end. */
const closeMilliseconds = 10_000;

/** Brings the database to the newest schema and serves the API. `close` ends streams, lets requests finish and frees everything. */
export async function startServer(env: ServerEnvironment, log: Logger): Promise<{ url: string; close: () => Promise<void> }> {
  await migrate(directUrl(env), { waitSeconds: env.DATABASE_WAIT_SECONDS });
  const db = openDatabase({ ...databaseSettings(env, 10), name: 'thaw-api' });
  const storage = openStorage(storageSettings(env));
  const settings = { leaseSeconds: env.LEASE_SECONDS, heartbeatSeconds: env.HEARTBEAT_SECONDS, quota: quotaDefaults(env), checkpointDays: env.CHECKPOINT_RETENTION_DAYS };
  const feed = openFeed({ db, databaseUrl: directUrl(env), storage, settings, log });
  const accounts = openAccounts({ db, log, settings: accountSettings(env) });
  const predict = { predictors: openPredictors({ log, processes: env.PREDICT_PROCESSES }), models: openModelFiles({ storage, folder: env.MODEL_CACHE_DIR ?? null }) };
  let closing = false;
  const telemetry = openTelemetry({ db, log, settings });
  collectDefaultMetrics({ register: telemetry.registry });
  const app = createApp({
    base: { db, storage, settings, log },
    feed,
    accounts,
    isClosing: () => closing,
    telemetry,
    metricsToken: env.METRICS_TOKEN ?? null,
    corsOrigins: env.CORS_ORIGINS,
    predict,
    webhooks: { key: sealingKey(env.AUTH_SECRET), places: env.WEBHOOK_ALLOW_PRIVATE },
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!(server instanceof Server)) throw new Error('An HTTP/1 server was expected.');
  server.on('clientError', answerUnreadable);

  const release = async (): Promise<void> => {
    await feed.close();
    predict.predictors.close();
    predict.models.close();
    await accounts.post.settled();
    await closeDatabase(db);
    storage.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(env.PORT, env.HOST, resolve);
    });
  } catch (error) {
    await release();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new Error(`Port ${env.PORT} is taken. Stop what uses it, or set PORT to another one.`, { cause: error });
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${env.HOST.includes(':') ? `[${env.HOST}]` : env.HOST}:${port}`;
  log.info({ url }, 'the API is ready');
  storage.allowBrowsers().catch((error: unknown) => log.warn({ err: error }, 'the bucket does not say that browsers may upload to it; set its CORS rules if they cannot'));

  const close = async (): Promise<void> => {
    closing = true;
    // Whoever asks /readyz sends no more from then on; until he has asked, requests that come are served.
    await sleep(env.STOP_DELAY_SECONDS * 1000);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await feed.close();
    // A connection that has its answer is idle, and kept for the next request.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const late = setTimeout(() => server.closeAllConnections(), closeMilliseconds);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
    await release();
    log.info('the API has ended');
  };
  return { url, close };
}
