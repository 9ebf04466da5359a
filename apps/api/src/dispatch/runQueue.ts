import { attempt } from '@thaw/db/schema/attempt';
import { run } from '@thaw/db/schema/run';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { expireLeases } from '../attempts/expireLeases.ts';
import type { DispatchContext } from './dispatchContext.ts';
import { failLaunch } from './failLaunch.ts';
import { markLaunching } from './markLaunching.ts';
import { requeueUnclaimed } from './requeueUnclaimed.ts';
import type { WorkQueue } from './workQueue.ts';

/** Runs, for trainers. */
export function runQueue(ctx: DispatchContext): WorkQueue {
  const { db } = ctx;
  return {
    markLaunching: (input) => markLaunching(ctx, input),
    failLaunch: ({ id, reason }) => failLaunch(ctx, { runId: id, reason }),
    requeueUnclaimed: (input) => requeueUnclaimed(ctx, input),
    expireLeases: () => expireLeases(ctx),
    busyWorkers: async (names) => {
      const rows = await db
        .select({ name: worker.name })
        .from(run)
        .innerJoin(attempt, and(eq(attempt.runId, run.id), eq(attempt.number, run.attempt)))
        .innerJoin(worker, eq(worker.id, attempt.workerId))
        .where(and(sql`${run.status} = 'running'`, inArray(worker.name, [...names])));
      return rows.map(({ name }) => name);
    },
    stillLaunching: async (ids) => {
      const rows = await db
        .select({ id: run.id })
        .from(run)
        .where(and(sql`${run.status} = 'launching'`, inArray(run.id, [...ids])));
      return rows.map(({ id }) => id);
    },
  };
}
