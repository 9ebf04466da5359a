import type { CheckpointFileName } from '@thaw/contract/events';
import { bigint, boolean, foreignKey, integer, json, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { attempt } from './attempt.ts';
import { moment } from './columns.ts';

export interface StoredCheckpointFile {
  name: CheckpointFileName;
  key: string;
  bytes: number;
  sha256: string;
}

/** A checkpoint whose files are complete in the storage. Newest: highest attempt, then highest step. */
export const checkpoint = pgTable(
  'checkpoint',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    runId: text('run_id').notNull(),
    attempt: integer('attempt').notNull(),
    epoch: integer('epoch').notNull(),
    step: integer('step').notNull(),
    best: boolean('best').notNull(),
    files: json('files').$type<StoredCheckpointFile[]>().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ columns: [table.runId, table.attempt], foreignColumns: [attempt.runId, attempt.number] }).onDelete('cascade'),
    unique('checkpoint_once').on(table.runId, table.attempt, table.step),
  ],
);
