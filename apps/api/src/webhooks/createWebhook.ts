import type { createWebhookRequest, WebhookWithSecret } from '@thaw/contract/webhooks';
import { webhook } from '@thaw/db/schema/webhook';
import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { recordAct } from '../audit/recordAct.ts';
import { conflict, invalid } from '../errors.ts';
import { newId } from '../ids.ts';
import { checkUrl, type PrivatePlaces } from './addressPolicy.ts';
import { presentWebhook } from './presentWebhook.ts';
import { newSigningSecret, seal } from './sealSecret.ts';
import { requireKey, type WebhookContext } from './webhookContext.ts';

const maxPerOwner = 20;

/** Makes a webhook. Its secret is in the answer, and never shown again. */
export async function createWebhook(ctx: WebhookContext, { name, url, events }: z.infer<typeof createWebhookRequest>): Promise<WebhookWithSecret> {
  const key = requireKey(ctx);
  const ownerId = ctx.caller.userId;
  const id = newId('webhook');
  const secret = newSigningSecret();
  const row = { id, ownerId, name, url: requireAddress(url, ctx.webhooks.places), events, sealedSecret: seal(key, secret, id) };
  return ctx.db.transaction(async (tx) => {
    // One after the other, so that the limit holds.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks:${ownerId}`}, 0))`);
    const [count] = await tx.select({ webhooks: sql<number>`count(*)::int` }).from(webhook).where(eq(webhook.ownerId, ownerId));
    if ((count?.webhooks ?? 0) >= maxPerOwner) throw conflict(`You have ${maxPerOwner} webhooks, which is all that one person may have. Delete one first.`);
    const [made] = await tx.insert(webhook).values(row).returning();
    if (made === undefined) throw new Error('The webhook was not inserted.');
    await recordAct(tx, ctx.caller, { ownerId, action: 'webhook_made', subject: id, details: { name, host: new URL(row.url).host } });
    return { ...presentWebhook(made), secret };
  });
}

/**
 * An address in its one spelling.
 * @throws validation-failed where it may not be called
 */
export function requireAddress(text: string, places: PrivatePlaces): string {
  const target = checkUrl(text, places);
  if (typeof target === 'string') throw invalid([{ path: 'url', message: target }]);
  return target.url.href;
}
