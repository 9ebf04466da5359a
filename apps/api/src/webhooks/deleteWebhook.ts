import { webhook } from '@thaw/db/schema/webhook';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { lockWebhook, ownWebhook, type WebhookInput } from './findWebhook.ts';

/** Deletes a webhook, with the log of its deliveries. */
export async function deleteWebhook(ctx: Context, { id }: WebhookInput): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const { ownerId, name } = await lockWebhook(tx, ctx.caller, id);
    await tx.delete(webhook).where(ownWebhook(ctx.caller, id));
    await recordAct(tx, ctx.caller, { ownerId, action: 'webhook_deleted', subject: id, details: { name } });
  });
}
