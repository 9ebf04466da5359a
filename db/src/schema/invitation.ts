import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** Lets one person sign up. The token is shown once; its SHA-256 is kept. */
export const invitation = pgTable(
  'invitation',
  {
    id: text('id').primaryKey(),
    /** Hex. */
    tokenHash: text('token_hash').notNull().unique(),
    /** Lower case. Null: whoever has the token. */
    email: text('email'),
    createdBy: text('created_by').notNull().references(() => user.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    acceptedBy: text('accepted_by').references(() => user.id, { onDelete: 'set null' }),
    acceptedAt: moment('accepted_at'),
  },
  (table) => [index('invitation_created').on(table.createdAt, table.id)],
);
