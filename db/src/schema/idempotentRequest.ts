import { sql } from 'drizzle-orm';
import { check, index, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/**
 * Requests that came with an Idempotency-Key, and what was answered. While one is under way it has a lease; one whose process died is
 * free again when that ends, unless its work is done. Swept after a day.
 */
export const idempotentRequest = pgTable(
  'idempotent_request',
  {
    ownerId: text('owner_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** SHA-256 of method, address, body and what the caller may do. */
    requestHash: text('request_hash').notNull(),
    /** Which of several tries has it now. */
    holder: text('holder').notNull(),
    leaseExpiresAt: moment('lease_expires_at').notNull(),
    /** When the work of the request was committed, in the transaction that did it. */
    doneAt: moment('done_at'),
    /** Null until answered, and for answers that are not kept. */
    status: integer('status'),
    headers: json('headers').$type<Record<string, string>>(),
    body: text('body'),
    /** Why the answer is not kept. */
    withheld: text('withheld').$type<'secret' | 'too-large'>(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.ownerId, table.key] }),
    check('idempotent_request_answer', sql`(${table.status} is null) = (${table.body} is null) and (${table.status} is null) = (${table.headers} is null)`),
    check('idempotent_request_withheld', sql`${table.withheld} is null or ${table.status} is null`),
    index('idempotent_request_created').on(table.createdAt),
  ],
);
