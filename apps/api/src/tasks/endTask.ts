import { taskFileKey } from '@thaw/contract/storageKeys';
import type { TaskFailureCode } from '@thaw/contract/taskFailures';
import type { TaskStatus } from '@thaw/contract/taskStatus';
import type { Executor } from '@thaw/db/client';
import { removal } from '@thaw/db/schema/removal';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { and, eq, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { lateWriteSeconds } from '../ingests/endIngest.ts';
import { notify } from '../notify.ts';
import { afterAttempt, type AttemptEnd, type NextState } from '../work/afterAttempt.ts';
import { prefixOf } from './taskFiles.ts';
import { taskPolicy } from './taskPolicy.ts';

type End = Pick<AttemptEnd<TaskFailureCode>, 'outcome' | 'failure'>;

/** Ends the current attempt at a task whose row the transaction has locked, without a result, and moves the task on. */
export async function endTask(tx: Executor, row: TaskRow, end: End): Promise<TaskStatus> {
  await endTaskAttempt(tx, row, end);
  // It may still be writing to places that it was given.
  await tx.insert(removal).values({ prefix: taskFileKey(prefixOf(row), row.attempt, ''), dueAt: secondsFromNow(lateWriteSeconds) });
  return moveTask(tx, row, end);
}

export const endTaskAttempt = (tx: Executor, { id, attempt }: TaskRow, { outcome, failure }: { outcome: End['outcome'] | 'succeeded'; failure: End['failure'] }) =>
  tx
    .update(taskAttempt)
    .set({ outcome, failure, finishedAt: sql`now()` })
    .where(and(eq(taskAttempt.taskId, id), eq(taskAttempt.number, attempt)));

/** Puts a task whose row the transaction has locked where it goes when it could not be done. */
export async function moveTask(tx: Executor, { id, attemptsInVain }: TaskRow, { outcome, failure }: End): Promise<TaskStatus> {
  const next: NextState<TaskFailureCode, 'queued' | 'failed'> = afterAttempt(taskPolicy, { outcome, failure, stopRequested: false, progressed: false, inVain: attemptsInVain });
  await tx
    .update(task)
    .set({
      status: next.status,
      failure: next.failure,
      attemptsInVain: next.inVain,
      availableAt: secondsFromNow(next.pauseSeconds),
      leaseExpiresAt: null,
      launchedAt: null,
      finishedAt: next.status === 'failed' ? sql`now()` : null,
    })
    .where(eq(task.id, id));
  if (next.status === 'queued') await notify(tx, 'queue', id);
  return next.status;
}
