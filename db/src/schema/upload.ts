import type { IngestOptions } from '@thaw/contract/datasets';
import { uploadStatus, type UploadStatus } from '@thaw/contract/uploads';
import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, json, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { dataset } from './dataset.ts';

/** An archive on its way into the storage, in parts. Which parts are there, the storage knows. */
export const upload = pgTable(
  'upload',
  {
    id: text('id').primaryKey(),
    datasetId: text('dataset_id').notNull().references(() => dataset.id, { onDelete: 'cascade' }),
    fileName: text('file_name').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256'),
    options: json('options').$type<IngestOptions>().notNull(),
    key: text('key').notNull(),
    /** Of the multipart upload in the storage. */
    storageUploadId: text('storage_upload_id').notNull(),
    partBytes: integer('part_bytes').notNull(),
    status: text('status').$type<UploadStatus>().notNull().default('open'),
    /** The version that was made of it. */
    version: integer('version'),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** Last sign of life: what has had none for long is swept away. */
    touchedAt: moment('touched_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    check('upload_status_known', sql`${table.status} in (${sql.raw(uploadStatus.options.map((status) => `'${status}'`).join(', '))})`),
    check('upload_finished_when_terminal', sql`(${table.status} in ('completed', 'dropped')) = (${table.finishedAt} is not null)`),
    index('upload_dataset').on(table.datasetId),
    index('upload_open').on(table.touchedAt).where(sql`${table.status} in ('open', 'completing')`),
  ],
);
export type UploadRow = typeof upload.$inferSelect;
