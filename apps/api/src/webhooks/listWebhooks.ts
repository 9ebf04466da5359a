import type { Webhook } from '@thaw/contract/webhooks';
import { webhook } from '@thaw/db/schema/webhook';
import { asc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { presentWebhook } from './presentWebhook.ts';

/** The caller's webhooks, oldest first: there are only so many. */
export async function listWebhooks(ctx: Context): Promise<{ items: Webhook[] }> {
  const rows = await ctx.db.select().from(webhook).where(eq(webhook.ownerId, ctx.caller.userId)).orderBy(asc(webhook.createdAt), asc(webhook.id));
  return { items: rows.map(presentWebhook) };
}
