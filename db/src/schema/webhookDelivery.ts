import { deliveryStatus, messageType, type DeliveryStatus, type DeliveryTry, type MessageType, type WebhookMessage } from '@thaw/contract/webhooks';
import { sql } from 'drizzle-orm';
import { check, index, integer, json, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { webhook } from './webhook.ts';

/** A message to a webhook, written in the transaction that it tells of. The row is the queue, and the log of what became of it. */
export const webhookDelivery = pgTable(
  'webhook_delivery',
  {
    /** The message's `webhook-id`. */
    id: text('id').primaryKey(),
    webhookId: text('webhook_id').notNull().references(() => webhook.id, { onDelete: 'cascade' }),
    type: text('type').$type<MessageType>().notNull(),
    message: json('message').$type<WebhookMessage>().notNull(),
    status: text('status').$type<DeliveryStatus>().notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    /** The last tries, oldest first. */
    tries: json('tries').$type<DeliveryTry[]>().notNull().default([]),
    /** While pending: not to be sent earlier. */
    nextTryAt: moment('next_try_at').notNull().defaultNow(),
    /** While it is being sent: when whoever sends it counts as gone. */
    leaseExpiresAt: moment('lease_expires_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    check('webhook_delivery_status_known', sql`${table.status} in (${sql.raw(deliveryStatus.options.map((status) => `'${status}'`).join(', '))})`),
    check('webhook_delivery_type_known', sql`${table.type} in (${sql.raw(messageType.options.map((type) => `'${type}'`).join(', '))})`),
    check('webhook_delivery_finished_when_ended', sql`(${table.status} = 'pending') = (${table.finishedAt} is null)`),
    check('webhook_delivery_lease_while_pending', sql`${table.status} = 'pending' or ${table.leaseExpiresAt} is null`),
    index('webhook_delivery_due').on(table.nextTryAt, table.webhookId).where(sql`${table.status} = 'pending'`),
    index('webhook_delivery_pending').on(table.webhookId, table.nextTryAt).where(sql`${table.status} = 'pending'`),
    index('webhook_delivery_list').on(table.webhookId, table.createdAt.desc().nullsFirst(), table.id.desc().nullsFirst()),
    index('webhook_delivery_created').on(table.createdAt),
  ],
);
export type WebhookDeliveryRow = typeof webhookDelivery.$inferSelect;
