import { userRole, type UserRole } from '@thaw/contract/accounts';
import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** People. The core columns of better-auth's user table, under its names, and two of our own. */
export const user = pgTable(
  'user',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    email: text('email').notNull().unique(),
    emailVerified: boolean('email_verified').notNull().default(false),
    image: text('image'),
    role: text('role').$type<UserRole>().notNull().default('user'),
    /** Since when this person's keys and sessions open nothing. */
    disabledAt: moment('disabled_at'),
    /** Since when the account is deleted: what is theirs goes next, and this row last. */
    deletedAt: moment('deleted_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [check('user_role_known', sql`${table.role} in (${sql.raw(userRole.options.map((role) => `'${role}'`).join(', '))})`)],
);
