import { openDatabase } from '@thaw/db/client';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { accountSettings } from './accounts/accountEnvironment.ts';
import { openAccounts } from './accounts/openAccounts.ts';
import { createApp } from './app.ts';
import { databaseSettings, quotaDefaults, readServerEnvironment, storageSettings } from './environment.ts';
import { createLog } from './log.ts';
import { openStorage } from './storage/storage.ts';
import { noFeed } from './stream/noFeed.ts';
import { sealingKey } from './webhooks/sealSecret.ts';

/**
 * The API on AWS Lambda, behind a function URL or an API Gateway: the same application as server.ts, with the same environment. Nothing
 * here outlives a request: no migrations (see migrate.ts), no notifications, no streams (updates stand in for them), no predictions.
 */
const env = readServerEnvironment(process.env);
const log = createLog('thaw-api', env.LOG_LEVEL);
// A process is frozen between requests: what has been idle for long is closed before it is used again, as its other end may be gone.
const db = openDatabase({ ...databaseSettings(env, 2), name: 'thaw-function', idleSeconds: 5 });
const storage = openStorage(storageSettings(env));
const settings = { leaseSeconds: env.LEASE_SECONDS, heartbeatSeconds: env.HEARTBEAT_SECONDS, quota: quotaDefaults(env), checkpointDays: env.CHECKPOINT_RETENTION_DAYS };
const accounts = openAccounts({ db, log, settings: accountSettings(env) });
const app = createApp({
  base: { db, storage, settings, log },
  feed: noFeed,
  accounts,
  metricsToken: env.METRICS_TOKEN ?? null,
  corsOrigins: env.CORS_ORIGINS,
  webhooks: { key: sealingKey(env.AUTH_SECRET), places: env.WEBHOOK_ALLOW_PRIVATE },
});
const answer = handle(app);

export async function handler(event: LambdaEvent, context?: LambdaContext): Promise<Awaited<ReturnType<typeof answer>>> {
  const result = await answer(event, context);
  // Mails, for one, are sent beside the answer: frozen, the process would not.
  await accounts.post.settled();
  return result;
}
