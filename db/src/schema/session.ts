import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** A browser that is signed in: better-auth's session table, under its names. A session that is gone, or whose person is disabled, opens nothing. */
export const session = pgTable(
  'session',
  {
    id: text('id').primaryKey(),
    /** What the cookie carries, beside a signature by a secret that is not in the database. */
    token: text('token').notNull().unique(),
    userId: text('user_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    expiresAt: moment('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [index('session_user').on(table.userId)],
);
