import type { IngestFailureCode } from '@thaw/contract/ingestFailures';
import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { datasetVersion } from './datasetVersion.ts';
import { worker } from './worker.ts';

export type IngestOutcome = 'ready' | 'stopped' | 'failed' | 'lost';

/** A place that was given out for a file of the import. */
export interface GivenPlace {
  name: string;
  key: string;
  bytes: number;
  /** Of the multipart upload in the storage; null for a file that goes in one piece. */
  storageUploadId: string | null;
}

/** One worker's try at an import, numbered from 1. Its token opens this version to that worker, while the attempt is the current one. */
export const ingestAttempt = pgTable(
  'ingest_attempt',
  {
    datasetId: text('dataset_id').notNull(),
    version: integer('version').notNull(),
    number: integer('number').notNull(),
    /** SHA-256 of the token, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    workerId: text('worker_id').references(() => worker.id, { onDelete: 'set null' }),
    places: json('places').$type<GivenPlace[]>().notNull().default([]),
    outcome: text('outcome').$type<IngestOutcome>(),
    failure: json('failure').$type<{ code: IngestFailureCode; message: string }>(),
    startedAt: moment('started_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.version, table.number] }),
    foreignKey({ columns: [table.datasetId, table.version], foreignColumns: [datasetVersion.datasetId, datasetVersion.version] }).onDelete('cascade'),
    index('ingest_attempt_worker_open').on(table.workerId).where(sql`${table.finishedAt} is null`),
    check('ingest_attempt_outcome_known', sql`${table.outcome} in ('ready', 'stopped', 'failed', 'lost')`),
    check('ingest_attempt_number_positive', sql`${table.number} > 0`),
  ],
);
