import type { TrainerEvent } from '@thaw/contract/events';
import { bigint, foreignKey, index, integer, json, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { attempt } from './attempt.ts';
import { moment } from './columns.ts';

/**
 * What the trainers of a run said: an append-only log. Ids of one run rise in the order in which its batches became visible,
 * because each insert holds the lock of the run's row; the event stream relies on it.
 */
export const metricBatch = pgTable(
  'metric_batch',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    runId: text('run_id').notNull(),
    attempt: integer('attempt').notNull(),
    seq: integer('seq').notNull(),
    events: json('events').$type<TrainerEvent[]>().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ columns: [table.runId, table.attempt], foreignColumns: [attempt.runId, attempt.number] }).onDelete('cascade'),
    unique('metric_batch_once').on(table.runId, table.attempt, table.seq),
    index('metric_batch_stream').on(table.runId, table.id),
  ],
);
