import type { FailureCode } from '@thaw/contract/failures';
import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { run } from './run.ts';
import { worker } from './worker.ts';

export type AttemptOutcome = 'succeeded' | 'stopped' | 'failed' | 'lost';

/** One worker's try at a run, numbered from 1. Its token opens this run to that worker, while the attempt is the current one. */
export const attempt = pgTable(
  'attempt',
  {
    runId: text('run_id').notNull().references(() => run.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** SHA-256 of the token, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    /** Of the worker, when it claimed: GPU minutes are counted by it. Null in attempts from before it was kept. */
    device: text('device').$type<'cpu' | 'gpu'>(),
    workerId: text('worker_id').references(() => worker.id, { onDelete: 'set null' }),
    /** Points of earlier attempts after this step are void. Null until the trainer has started; 0 for a start from scratch. */
    resumedFromStep: integer('resumed_from_step'),
    /** Whether it brought a checkpoint further on than all before. */
    progressed: boolean('progressed').notNull().default(false),
    outcome: text('outcome').$type<AttemptOutcome>(),
    failure: json('failure').$type<{ code: FailureCode; message: string }>(),
    startedAt: moment('started_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.number] }),
    index('attempt_worker_open').on(table.workerId).where(sql`${table.finishedAt} is null`),
    check('attempt_outcome_known', sql`${table.outcome} in ('succeeded', 'stopped', 'failed', 'lost')`),
    check('attempt_number_positive', sql`${table.number} > 0`),
  ],
);
