import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/**
 * Objects that are to go from the storage: written in the transaction that drops the rows which named them, and worked off by
 * the sweep. With `storageUploadId` a multipart upload of that key, else every object whose key begins with `prefix`.
 */
export const removal = pgTable('removal', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  prefix: text('prefix').notNull(),
  storageUploadId: text('storage_upload_id'),
  createdAt: moment('created_at').notNull().defaultNow(),
  /** Not to be tried earlier. */
  dueAt: moment('due_at').notNull().defaultNow(),
});
