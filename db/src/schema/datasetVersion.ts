import type { DatasetManifest } from '@thaw/contract/datasets';
import { sql } from 'drizzle-orm';
import { check, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { dataset } from './dataset.ts';

/** A version that may be trained on: immutable, its files complete in the storage before the row is there. */
export const datasetVersion = pgTable(
  'dataset_version',
  {
    datasetId: text('dataset_id').notNull().references(() => dataset.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    manifestKey: text('manifest_key').notNull(),
    manifest: json('manifest').$type<DatasetManifest>().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.datasetId, table.version] }), check('dataset_version_positive', sql`${table.version} > 0`)],
);
