import type { changeWebhookRequest, Webhook } from '@thaw/contract/webhooks';
import { webhook } from '@thaw/db/schema/webhook';
import type { z } from 'zod';
import { requireAddress } from './createWebhook.ts';
import { dropPending } from './dropPending.ts';
import { lockWebhook, ownWebhook, type WebhookInput } from './findWebhook.ts';
import { presentWebhook } from './presentWebhook.ts';
import type { WebhookContext } from './webhookContext.ts';

export interface ChangeWebhookInput extends WebhookInput {
  change: z.infer<typeof changeWebhookRequest>;
}

/**
 * Changes a webhook; what is left out stays. While it is switched off nothing is kept for it, and what was still to be sent is given
 * up. Switching it on, or giving it another address, forgets what went wrong before.
 */
export async function changeWebhook(ctx: WebhookContext, { id, change }: ChangeWebhookInput): Promise<Webhook> {
  const { name, url, events, enabled } = change;
  const address = url === undefined ? undefined : requireAddress(url, ctx.webhooks.places);
  return ctx.db.transaction(async (tx) => {
    const row = await lockWebhook(tx, ctx.caller, id);
    const anew = enabled === true || (address !== undefined && address !== row.url);
    const set = {
      ...(name !== undefined && { name }),
      ...(address !== undefined && { url: address }),
      ...(events !== undefined && { events }),
      ...(enabled !== undefined && { enabled }),
      ...(anew && { disabledReason: null, failingSince: null }),
    };
    const [changed] = Object.keys(set).length === 0 ? [] : await tx.update(webhook).set(set).where(ownWebhook(ctx.caller, id)).returning();
    if (enabled === false) await dropPending(tx, id);
    return presentWebhook(changed ?? row);
  });
}
