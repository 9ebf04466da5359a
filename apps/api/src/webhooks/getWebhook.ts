import type { Webhook } from '@thaw/contract/webhooks';
import type { Context } from '../context.ts';
import { findWebhook, type WebhookInput } from './findWebhook.ts';
import { presentWebhook } from './presentWebhook.ts';

export async function getWebhook(ctx: Context, { id }: WebhookInput): Promise<Webhook> {
  return presentWebhook(await findWebhook(ctx.db, ctx.caller, id));
}
