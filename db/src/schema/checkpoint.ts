import type { CheckpointFileName } from '@thaw/contract/events';
import { sql } from 'drizzle-orm';
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
    /** Of all its files, of which there are two. */
    bytes: bigint('bytes', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(sql`coalesce((files -> 0 ->> 'bytes')::bigint, 0) + coalesce((files -> 1 ->> 'bytes')::bigint, 0)`),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** Since when its owner wants it kept for as long as the run is there. */
    pinnedAt: moment('pinned_at'),
  },
  (table) => [
    foreignKey({ columns: [table.runId, table.attempt], foreignColumns: [attempt.runId, attempt.number] }).onDelete('cascade'),
    unique('checkpoint_once').on(table.runId, table.attempt, table.step),
  ],
);
