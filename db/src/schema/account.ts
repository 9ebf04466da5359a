import { pgTable, text, unique } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** A way for a person to sign in: better-auth's account table, under its names. Tokens of providers are not kept. */
export const account = pgTable(
  'account',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    /** `credential` for a password, else `github`. */
    providerId: text('provider_id').notNull(),
    /** The person's id at the provider; their own id for a password. */
    accountId: text('account_id').notNull(),
    /** scrypt, with its salt. */
    password: text('password'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: moment('access_token_expires_at'),
    refreshTokenExpiresAt: moment('refresh_token_expires_at'),
    scope: text('scope'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [unique('account_provider').on(table.providerId, table.accountId), unique('account_user_provider').on(table.userId, table.providerId)],
);
