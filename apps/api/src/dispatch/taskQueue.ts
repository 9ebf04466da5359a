import { task, type TaskRow } from '@thaw/db/schema/task';
import { taskAttempt } from '@thaw/db/schema/taskAttempt';
import { sql } from 'drizzle-orm';
import { endTask, moveTask } from '../tasks/endTask.ts';
import { taskOrder } from '../tasks/taskOrder.ts';
import type { DispatchContext } from './dispatchContext.ts';
import { queueOf } from './queueOf.ts';
import type { WorkQueue } from './workQueue.ts';

/** Short jobs beside the training, for task workers. */
export const taskQueue = (ctx: Pick<DispatchContext, 'db' | 'log'>): WorkQueue =>
  queueOf<TaskRow>(ctx, {
    name: 'task',
    table: task,
    id: sql`${task.id}`,
    owner: sql`${task.ownerId}`,
    working: 'running',
    order: taskOrder,
    attempts: { table: taskAttempt, isCurrent: sql`${taskAttempt.taskId} = ${task.id} and ${taskAttempt.number} = ${task.attempt}`, workerId: taskAttempt.workerId },
    lock: (tx, condition, limit) => tx.select().from(task).where(condition).limit(limit).for('update', { skipLocked: true }),
    describe: ({ id, attempt }) => ({ task: id, attempt }),
    endLost: (tx, row, message) => endTask(tx, row, { outcome: 'lost', failure: { code: 'worker_lost', message } }),
    endLaunch: (tx, row, message) => moveTask(tx, row, { outcome: 'failed', failure: { code: 'launch_failed', message } }),
    // Who waits for a task looks by itself.
    announce: () => Promise.resolve(),
  });
