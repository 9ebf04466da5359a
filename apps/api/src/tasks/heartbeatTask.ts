import type { taskHeartbeatRequest } from '@thaw/contract/tasks';
import type { heartbeatReply } from '@thaw/contract/worker';
import { task } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context, TaskCaller } from '../context.ts';
import { staleAttempt } from '../errors.ts';
import { isCurrent } from './currentTask.ts';

/** Keeps the lease. A task is never asked to stop: one that is not wanted any more is gone, and its calls are refused. */
export async function heartbeatTask(
  { db, caller, settings }: Context<TaskCaller>,
  { attempt }: z.infer<typeof taskHeartbeatRequest>,
): Promise<z.infer<typeof heartbeatReply>> {
  const kept =
    attempt === caller.attempt
      ? await db.update(task).set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds) }).where(isCurrent(caller)).returning({ id: task.id })
      : [];
  if (kept.length === 0) throw staleAttempt();
  const mine = and(eq(taskAttempt.taskId, caller.taskId), eq(taskAttempt.number, caller.attempt), eq(taskAttempt.workerId, worker.id));
  await db.update(worker).set({ lastSeenAt: sql`now()` }).from(taskAttempt).where(mine);
  return { action: 'continue' };
}
