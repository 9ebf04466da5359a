import type { Executor } from '@thaw/db/client';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { and, eq } from 'drizzle-orm';
import type { TaskCaller } from '../context.ts';
import { staleAttempt } from '../errors.ts';

/** Fencing, as for runs: a call counts only while its attempt is the current one of a running task. */
export const isCurrent = (caller: TaskCaller) => and(eq(task.id, caller.taskId), eq(task.status, 'running'), eq(task.attempt, caller.attempt));

/** The task, while the attempt that a call names is the current one and the one that its token is for. @throws stale-attempt */
export async function requireCurrentTask(db: Executor, caller: TaskCaller, attempt: number): Promise<TaskRow> {
  const [row] = attempt === caller.attempt ? await db.select().from(task).where(isCurrent(caller)) : [];
  if (row === undefined) throw staleAttempt();
  return row;
}

/** The same, locked until the transaction ends, so that what follows in it is fenced too. @throws stale-attempt */
export async function lockCurrentTask(tx: Executor, caller: TaskCaller): Promise<TaskRow> {
  const [row] = await tx.select().from(task).where(isCurrent(caller)).for('update');
  if (row === undefined) throw staleAttempt();
  return row;
}
