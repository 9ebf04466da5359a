import { index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** How often something was tried in the current window. In the database, so that all API processes count together. */
export const rateLimit = pgTable(
  'rate_limit',
  {
    /** What is counted, and a hash of whom. */
    key: text('key').primaryKey(),
    count: integer('count').notNull(),
    endsAt: moment('ends_at').notNull(),
  },
  (table) => [index('rate_limit_end').on(table.endsAt)],
);
