import type { WebhookDelivery } from '@thaw/contract/webhooks';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { and, eq, sql } from 'drizzle-orm';
import { conflict } from '../errors.ts';
import { newId } from '../ids.ts';
import { notify } from '../notify.ts';
import { messageOf } from './announce.ts';
import { lockWebhook, type WebhookInput } from './findWebhook.ts';
import { presentDelivery } from './presentWebhook.ts';
import { requireKey, type WebhookContext } from './webhookContext.ts';

/** Has a `ping` sent, once, also to a webhook that is switched off. One at a time: nobody is to be flooded by it. */
export async function testWebhook(ctx: WebhookContext, { id }: WebhookInput): Promise<WebhookDelivery> {
  requireKey(ctx);
  return ctx.db.transaction(async (tx) => {
    const row = await lockWebhook(tx, ctx.caller, id);
    const waiting = await tx
      .select({ id: webhookDelivery.id })
      .from(webhookDelivery)
      .where(and(eq(webhookDelivery.webhookId, id), eq(webhookDelivery.status, 'pending'), eq(webhookDelivery.type, 'ping')));
    if (waiting.length > 0) throw conflict('A test is still on its way to this webhook. Look at its deliveries, and test again once it has ended.');
    const [time] = await tx.select({ now: sql`now()::timestamptz(3)`.mapWith(webhookDelivery.createdAt) }).from(sql`(select 1) one`);
    const message = messageOf('ping', time?.now ?? row.createdAt, { webhook: id });
    const [made] = await tx.insert(webhookDelivery).values({ id: newId('delivery'), webhookId: id, type: 'ping', message }).returning();
    if (made === undefined) throw new Error('The delivery was not inserted.');
    await notify(tx, 'webhook', row.ownerId);
    return presentDelivery(made);
  });
}
