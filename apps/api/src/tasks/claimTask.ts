import type { taskClaimRequest, TaskTicket } from '@thaw/contract/tasks';
import type { Executor } from '@thaw/db/client';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { secondsFromNow } from '../attempts/lease.ts';
import { newAttemptToken } from '../auth/tokens.ts';
import type { Context, WorkerCaller } from '../context.ts';
import { inTurn } from '../queue/inTurn.ts';
import { seeWorker } from '../workers/seeWorker.ts';
import { moveTask } from './endTask.ts';
import { findTaskParts, type TaskParts } from './findTaskParts.ts';
import { signTask } from './signTask.ts';
import { mayBeClaimed, ownersOfTasks, taskOrder } from './taskOrder.ts';

interface Claimed {
  row: TaskRow;
  parts: TaskParts;
  token: string;
}

/**
 * Gives the next task to a worker, see taskOrder.ts; null when none waits. None is given twice. One whose checkpoint has gone meanwhile is
 * failed on the way.
 */
export async function claimTask(ctx: Context<WorkerCaller>, { worker }: z.infer<typeof taskClaimRequest>): Promise<TaskTicket | null> {
  const workerId = await seeWorker(ctx.db, { apiKeyId: ctx.caller.apiKeyId, ...worker });
  for (;;) {
    // At once they would all find the same owner to have fewest.
    const claimed = await inTurn(ctx.db, () => ctx.db.transaction((tx) => claimNext(tx, workerId, ctx.settings.leaseSeconds)));
    if (claimed === 'gone') continue;
    return claimed === null ? null : signTask(ctx, claimed);
  }
}

async function claimNext(tx: Executor, workerId: string, leaseSeconds: number): Promise<Claimed | 'gone' | null> {
  const row = await lockNext(tx);
  if (row === null) return null;
  const parts = await findTaskParts(tx, row);
  if (parts === null) {
    const message = 'The checkpoint has given way to newer ones before it was exported. Choose one that GET /v1/runs/:id/checkpoints lists.';
    await moveTask(tx, row, { outcome: 'failed', failure: { code: 'checkpoint_gone', message } });
    return 'gone';
  }
  const { token, hash } = newAttemptToken();
  const number = row.attempt + 1;
  await tx.insert(taskAttempt).values({ taskId: row.id, number, tokenHash: hash, workerId });
  const begun = { status: 'running' as const, attempt: number, leaseExpiresAt: secondsFromNow(leaseSeconds), launchedAt: null, startedAt: row.startedAt ?? sql`now()` };
  await tx.update(task).set(begun).where(eq(task.id, row.id));
  return { row: { ...row, attempt: number }, parts, token };
}

/** Locks the task that comes next, see taskOrder.ts; null when there is none. One that someone else has locked is passed over. */
async function lockNext(tx: Executor): Promise<TaskRow | null> {
  for (const ownerId of await ownersOfTasks(tx)) {
    const [row] = await tx
      .select()
      .from(task)
      .where(and(eq(task.ownerId, ownerId), mayBeClaimed))
      .orderBy(taskOrder)
      .limit(1)
      .for('update', { skipLocked: true });
    if (row !== undefined) return row;
  }
  return null;
}
