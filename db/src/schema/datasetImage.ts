import type { ImageIssue, QuarantineCode, ReportFacts } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import { sql } from 'drizzle-orm';
import { foreignKey, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { datasetVersion } from './datasetVersion.ts';

/** The images of a version, for browsing and for remedies: what its images.ndjson says, in rows. */
export const datasetImage = pgTable(
  'dataset_image',
  {
    datasetId: text('dataset_id').notNull(),
    version: integer('version').notNull(),
    split: text('split').$type<Split>().notNull(),
    row: integer('row').notNull(),
    class: text('class').notNull(),
    path: text('path').notNull(),
    /** Of the decoded RGB, hex. */
    sha256: text('sha256').notNull(),
    phash: text('phash'),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    issues: text('issues').array().$type<ImageIssue[]>().notNull(),
    duplicateOfSplit: text('duplicate_of_split').$type<Split>(),
    duplicateOfRow: integer('duplicate_of_row'),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.version, table.split, table.row] }),
    foreignKey({ columns: [table.datasetId, table.version], foreignColumns: [datasetVersion.datasetId, datasetVersion.version] }).onDelete('cascade'),
    index('dataset_image_class').on(table.datasetId, table.version, table.class, table.split, table.row),
    index('dataset_image_issues').on(table.datasetId, table.version, table.split, table.row).where(sql`${table.issues} <> '{}'`),
  ],
);

/** Files of the upload that were not taken. */
export const quarantinedFile = pgTable(
  'quarantined_file',
  {
    datasetId: text('dataset_id').notNull(),
    version: integer('version').notNull(),
    /** The batch in which it came and its place there. */
    seq: integer('seq').notNull(),
    position: integer('position').notNull(),
    path: text('path').notNull(),
    code: text('code').$type<QuarantineCode>().notNull(),
    message: text('message').notNull(),
    facts: json('facts').$type<ReportFacts>(),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.version, table.seq, table.position] }),
    foreignKey({ columns: [table.datasetId, table.version], foreignColumns: [datasetVersion.datasetId, datasetVersion.version] }).onDelete('cascade'),
  ],
);
