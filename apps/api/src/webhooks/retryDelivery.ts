import type { WebhookDelivery } from '@thaw/contract/webhooks';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { eq, sql } from 'drizzle-orm';
import { conflict } from '../errors.ts';
import { notify } from '../notify.ts';
import { lockDelivery, lockWebhook, type WebhookInput } from './findWebhook.ts';
import { presentDelivery } from './presentWebhook.ts';
import { requireKey, type WebhookContext } from './webhookContext.ts';

/** Has a message sent again now, whatever became of it, under the same `webhook-id`; the tries after it begin anew. */
export async function retryDelivery(ctx: WebhookContext, { id, delivery }: WebhookInput & { delivery: string }): Promise<WebhookDelivery> {
  requireKey(ctx);
  return ctx.db.transaction(async (tx) => {
    const { ownerId, enabled } = await lockWebhook(tx, ctx.caller, id);
    const row = await lockDelivery(tx, id, delivery);
    if (!enabled && row.type !== 'ping') throw conflict('The webhook is switched off. Switch it on first.');
    if (row.leaseExpiresAt !== null) throw conflict('The message is being sent at this moment. Look at the delivery again.');
    const [changed] = await tx
      .update(webhookDelivery)
      .set({ status: 'pending', attempts: 0, nextTryAt: sql`now()`, finishedAt: null })
      .where(eq(webhookDelivery.id, row.id))
      .returning();
    await notify(tx, 'webhook', ownerId);
    return presentDelivery(changed ?? row);
  });
}
