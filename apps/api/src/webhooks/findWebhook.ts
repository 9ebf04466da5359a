import type { Executor } from '@thaw/db/client';
import { webhook, type WebhookRow } from '@thaw/db/schema/webhook';
import { webhookDelivery, type WebhookDeliveryRow } from '@thaw/db/schema/webhookDelivery';
import { and, eq } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

export interface WebhookInput {
  id: string;
}

/** Which webhook, where it is the caller's. */
export const ownWebhook = (caller: OwnerCaller, id: string) => and(eq(webhook.id, id), eq(webhook.ownerId, caller.userId));

const absent = () => notFound('webhook with this id');

/** @throws not-found also where it is someone else's */
export async function findWebhook(db: Executor, caller: OwnerCaller, id: string): Promise<WebhookRow> {
  const [row] = canBeId(id) ? await db.select().from(webhook).where(ownWebhook(caller, id)) : [];
  if (row === undefined) throw absent();
  return row;
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockWebhook(tx: Executor, caller: OwnerCaller, id: string): Promise<WebhookRow> {
  const [row] = canBeId(id) ? await tx.select().from(webhook).where(ownWebhook(caller, id)).for('no key update') : [];
  if (row === undefined) throw absent();
  return row;
}

/** A delivery of a webhook that is the caller's, locked until the transaction ends. */
export async function lockDelivery(tx: Executor, webhookId: string, id: string): Promise<WebhookDeliveryRow> {
  const own = and(eq(webhookDelivery.id, id), eq(webhookDelivery.webhookId, webhookId));
  const [row] = canBeId(id) ? await tx.select().from(webhookDelivery).where(own).for('update') : [];
  if (row === undefined) throw notFound('delivery with this id', 'Check the id; deliveries are kept for 30 days.');
  return row;
}
