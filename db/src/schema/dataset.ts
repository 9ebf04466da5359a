import { index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** Owner null: built in, seen by everyone. */
export const dataset = pgTable(
  'dataset',
  {
    id: text('id').primaryKey(),
    ownerId: text('owner_id').references(() => user.id),
    name: text('name').notNull(),
    /** Number of the last version that was made, also where it is gone: a number is never used twice. */
    lastVersion: integer('last_version').notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [index('dataset_owner').on(table.ownerId, table.createdAt)],
);
