import type { EpochRecord } from '@thaw/contract/events';
import { bigint, customType, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { run } from './run.ts';

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

export interface PlacedEpoch {
  /** Steps finished at its end. */
  step: number;
  /** When it was told, seconds since 1970. */
  time: number;
  record: EpochRecord;
}

/**
 * The log of a run, read once: its points packed, and those to which they reduce. Derived from metric_batch and safe to delete.
 * Chunks of a run follow each other without gaps. Made under the lock of the run's row; a resume deletes what it makes void.
 */
export const metricChunk = pgTable(
  'metric_chunk',
  {
    runId: text('run_id').notNull().references(() => run.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Place of its first point among all of the run, from 0. */
    firstIndex: integer('first_index').notNull(),
    rows: integer('rows').notNull(),
    firstStep: integer('first_step').notNull(),
    lastStep: integer('last_step').notNull(),
    /** Greatest step of all that is in it, epochs included. */
    reach: integer('reach').notNull(),
    /** The last event that it takes in: which batch, and the place there. */
    batchId: bigint('batch_id', { mode: 'number' }).notNull(),
    eventIndex: integer('event_index').notNull(),
    epochs: json('epochs').$type<PlacedEpoch[]>().notNull(),
    /** See @thaw/formats/metricRows. */
    points: bytes('points').notNull(),
    /** What is left of the points in buckets of 256. */
    picks: bytes('picks').notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);
