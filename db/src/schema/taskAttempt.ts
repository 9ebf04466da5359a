import type { TaskFailureCode } from '@thaw/contract/taskFailures';
import { sql } from 'drizzle-orm';
import { check, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { task } from './task.ts';
import { worker } from './worker.ts';

export type TaskOutcome = 'succeeded' | 'stopped' | 'failed' | 'lost';

/** One worker's try at a task, numbered from 1. Its token opens this task to that worker, while the attempt is the current one. */
export const taskAttempt = pgTable(
  'task_attempt',
  {
    taskId: text('task_id').notNull().references(() => task.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** SHA-256 of the token, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    workerId: text('worker_id').references(() => worker.id, { onDelete: 'set null' }),
    outcome: text('outcome').$type<TaskOutcome>(),
    failure: json('failure').$type<{ code: TaskFailureCode; message: string }>(),
    startedAt: moment('started_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.taskId, table.number] }),
    index('task_attempt_worker_open').on(table.workerId).where(sql`${table.finishedAt} is null`),
    check('task_attempt_outcome_known', sql`${table.outcome} in ('succeeded', 'stopped', 'failed', 'lost')`),
    check('task_attempt_number_positive', sql`${table.number} > 0`),
  ],
);
