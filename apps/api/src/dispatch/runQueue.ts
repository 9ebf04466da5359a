import { attempt } from '@thaw/db/schema/attempt';
import { run, type RunRow } from '@thaw/db/schema/run';
import { sql } from 'drizzle-orm';
import { endAttempt } from '../attempts/endAttempt.ts';
import { moveRun } from '../attempts/moveRun.ts';
import { runPolicy } from '../attempts/runPolicy.ts';
import { notify } from '../notify.ts';
import { afterAttempt } from '../work/afterAttempt.ts';
import type { DispatchContext } from './dispatchContext.ts';
import { queueOf } from './queueOf.ts';
import { withinOwnerLimit } from './withinOwnerLimit.ts';
import type { WorkQueue } from './workQueue.ts';

/** Runs, for trainers: highest priority first, then the oldest. */
export function runQueue(ctx: DispatchContext): WorkQueue {
  const { maxActivePerOwner } = ctx.settings;
  return queueOf<RunRow>(ctx, {
    name: 'run',
    table: run,
    id: sql`${run.id}`,
    owner: sql`${run.ownerId}`,
    working: 'running',
    order: sql`${run.priority} desc, ${run.createdAt}, ${run.id}`,
    attempts: { table: attempt, isCurrent: sql`${attempt.runId} = ${run.id} and ${attempt.number} = ${run.attempt}`, workerId: attempt.workerId },
    admit: maxActivePerOwner === null ? undefined : (tx, waiting) => withinOwnerLimit(tx, waiting, maxActivePerOwner),
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
