import { bigint, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/**
 * Weights that a run may start from. Rows are immutable and name one file by its hash: a run that points here gets the same
 * bytes however often it is tried. Of several rows with one name the newest counts. Owner null: built in.
 */
export const weights = pgTable(
  'weights',
  {
    id: text('id').primaryKey(),
    ownerId: text('owner_id').references(() => user.id),
    name: text('name').notNull(),
    key: text('key').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [unique('weights_owner_name_sha256').on(table.ownerId, table.name, table.sha256).nullsNotDistinct()],
);
