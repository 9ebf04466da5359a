import { attempt } from '@thaw/db/schema/attempt';
import { run, type RunRow } from '@thaw/db/schema/run';
import { sql } from 'drizzle-orm';
import { endAttempt } from '../attempts/endAttempt.ts';
import { moveRun } from '../attempts/moveRun.ts';
import { runPolicy } from '../attempts/runPolicy.ts';
import { notify } from '../notify.ts';
import { nextToLaunch } from '../queue/nextToLaunch.ts';
import { ownOrder } from '../queue/runOrder.ts';
import { afterAttempt } from '../work/afterAttempt.ts';
import type { DispatchContext } from './dispatchContext.ts';
import { queueOf } from './queueOf.ts';
import type { WorkQueue } from './workQueue.ts';

/** Runs, for trainers, in the order of runOrder.ts. */
export function runQueue(ctx: DispatchContext): WorkQueue {
  const { quota } = ctx.settings;
  return queueOf<RunRow>(ctx, {
    name: 'run',
    table: run,
    id: sql`${run.id}`,
    working: 'running',
    owner: sql`${run.ownerId}`,
    order: ownOrder,
    next: (tx, count) => nextToLaunch(tx, quota, count),
    attempts: { table: attempt, isCurrent: sql`${attempt.runId} = ${run.id} and ${attempt.number} = ${run.attempt}`, workerId: attempt.workerId },
    lock: (tx, condition, limit) => tx.select().from(run).where(condition).limit(limit).for('update', { skipLocked: true }),
    describe: ({ id, attempt: number }) => ({ run: id, attempt: number }),
    endLost: (tx, row, message) => endAttempt(tx, row, { outcome: 'lost', failure: { code: 'worker_lost', message } }),
    endLaunch: async (tx, row, message) => {
      const failure = { code: 'launch_failed', message } as const;
      const next = afterAttempt(runPolicy, { outcome: 'failed', failure, stopRequested: row.stopRequestedAt !== null, progressed: false, inVain: row.attemptsWithoutProgress });
      await moveRun(tx, row.id, next);
      return next.status;
    },
    announce: (tx, id) => notify(tx, 'run', id),
  });
}
