import { PgBoss } from 'pg-boss';
import { sweepAccounts } from '../accounts/sweepAccounts.ts';
import { sweepClosedAccounts } from '../accounts/sweepClosedAccounts.ts';
import { sweepCheckpoints } from '../checkpoints/sweepCheckpoints.ts';
import type { Context, SystemCaller } from '../context.ts';
import { sweepRequests } from '../idempotency/sweepRequests.ts';
import { sweepKeys } from '../keys/sweepKeys.ts';
import { sweepPreviews } from '../previews/sweepPreviews.ts';
import { sweepUploads } from '../uploads/sweepUploads.ts';
import { sweepDeliveries } from '../webhooks/sweepDeliveries.ts';
import { sweepWeights } from '../weights/sweepWeights.ts';
import { sweepWorkers } from '../workers/sweepWorkers.ts';
import { openTally } from './openTally.ts';
import { sweepParts } from './sweepParts.ts';
import { sweepRemovals } from './sweepRemovals.ts';
import { sweepStrays } from './sweepStrays.ts';

export interface HousekeepingOptions {
  ctx: Pick<Context<SystemCaller>, 'db' | 'storage' | 'log'>;
  databaseUrl: string;
  /** For so many days after the end of a run its checkpoints are kept; left out: for good. */
  checkpointDays?: number | undefined;
  /** How often each job is looked for. */
  pollSeconds?: number;
}

interface Chore {
  name: string;
  /** When, as cron has it (UTC). */
  cron: string;
  /** Gives how many things it has swept. */
  work: () => Promise<number>;
}

/**
 * What has to be done now and then, by whichever dispatcher comes first: the schedule and the jobs are in the database (pg-boss, in
 * its own schema and on two connections of its own), so that several dispatchers do each job once. All of it may be done twice. What
 * fails is tried again after some seconds and then minutes, and at its next time in any case.
 */
export async function startHousekeeping({ ctx, databaseUrl, checkpointDays, pollSeconds = 15 }: HousekeepingOptions): Promise<{ close: () => Promise<void> }> {
  const { log } = ctx;
  const chores: Chore[] = [
    { name: 'sweep-uploads', cron: '*/10 * * * *', work: () => sweepUploads(ctx) },
    { name: 'sweep-removals', cron: '* * * * *', work: () => sweepRemovals(ctx) },
    { name: 'sweep-previews', cron: '37 * * * *', work: () => sweepPreviews(ctx) },
    { name: 'sweep-requests', cron: '7 * * * *', work: () => sweepRequests(ctx) },
    { name: 'sweep-accounts', cron: '27 * * * *', work: () => sweepAccounts(ctx) },
    { name: 'sweep-closed-accounts', cron: '* * * * *', work: () => sweepClosedAccounts(ctx) },
    { name: 'sweep-checkpoints', cron: '47 * * * *', work: () => sweepCheckpoints(ctx, checkpointDays) },
    { name: 'sweep-strays', cron: '13 * * * *', work: () => sweepStrays(ctx) },
    { name: 'sweep-parts', cron: '57 * * * *', work: () => sweepParts(ctx) },
    { name: 'sweep-weights', cron: '3 * * * *', work: () => sweepWeights(ctx) },
    { name: 'sweep-keys', cron: '17 3 * * *', work: () => sweepKeys(ctx) },
    { name: 'sweep-workers', cron: '29 3 * * *', work: () => sweepWorkers(ctx) },
    { name: 'sweep-deliveries', cron: '41 3 * * *', work: () => sweepDeliveries(ctx) },
  ];
  const tally = openTally(ctx, { everySeconds: 0 });
  const boss = new PgBoss({ connectionString: databaseUrl, application_name: 'thaw-housekeeping', max: 2 });
  let quietUntil = 0;
  boss.on('error', (error) => {
    // While the database is away it says so every few seconds.
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + 60_000;
    log.warn({ err: error }, 'housekeeping has trouble; it goes on by itself');
  });
  await boss.start();
  for (const { name, cron, work } of chores) {
    await boss.createQueue(name, { policy: 'exclusive' });
    // Also of a queue that an earlier version made.
    await boss.updateQueue(name, { retryLimit: 5, retryDelay: 15, retryBackoff: true, retryDelayMax: 300, expireInSeconds: 600, deleteAfterSeconds: 86_400 });
    await boss.work(name, { pollingIntervalSeconds: pollSeconds }, async () => {
      try {
        const done = await tally.turn(name, work);
        if (done !== 0) log.info({ chore: name, done }, 'housekeeping done');
      } catch (error) {
        log.warn({ err: error, chore: name }, 'housekeeping failed; it is tried again');
        throw error;
      }
    });
    await boss.schedule(name, cron);
  }
  return {
    close: async () => {
      await boss.stop({ graceful: true, timeout: 10_000 });
      await tally.close();
    },
  };
}
