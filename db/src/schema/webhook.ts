import type { WebhookEvent } from '@thaw/contract/webhooks';
import { boolean, index, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { user } from './user.ts';

/** An address that is told of events of its owner's runs and data sets. */
export const webhook = pgTable(
  'webhook',
  {
    id: text('id').primaryKey(),
    ownerId: text('owner_id').notNull().references(() => user.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    url: text('url').notNull(),
    events: text('events').array().$type<WebhookEvent[]>().notNull(),
    /** What messages are signed with, encrypted with a key that the database does not hold. */
    sealedSecret: text('sealed_secret').notNull(),
    /** The secret before it was last changed: messages are signed with both for a while. */
    sealedPreviousSecret: text('sealed_previous_secret'),
    previousSecretUntil: moment('previous_secret_until'),
    enabled: boolean('enabled').notNull().default(true),
    /** Why it was switched off by itself. */
    disabledReason: text('disabled_reason'),
    /** Since when nothing has arrived. */
    failingSince: moment('failing_since'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [index('webhook_owner').on(table.ownerId, table.createdAt)],
);
export type WebhookRow = typeof webhook.$inferSelect;
