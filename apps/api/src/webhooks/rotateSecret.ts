import type { WebhookWithSecret } from '@thaw/contract/webhooks';
import { webhook } from '@thaw/db/schema/webhook';
import { recordAct } from '../audit/recordAct.ts';
import { secondsFromNow } from '../attempts/lease.ts';
import { lockWebhook, ownWebhook, type WebhookInput } from './findWebhook.ts';
import { presentWebhook } from './presentWebhook.ts';
import { newSigningSecret, seal } from './sealSecret.ts';
import { requireKey, type WebhookContext } from './webhookContext.ts';

const overlapSeconds = 24 * 3600;

/** Gives a webhook a new secret. For a day messages are signed with both, so that a receiver can change over at leisure. */
export async function rotateSecret(ctx: WebhookContext, { id }: WebhookInput): Promise<WebhookWithSecret> {
  const key = requireKey(ctx);
  const secret = newSigningSecret();
  return ctx.db.transaction(async (tx) => {
    const row = await lockWebhook(tx, ctx.caller, id);
    const set = { sealedSecret: seal(key, secret, id), sealedPreviousSecret: row.sealedSecret, previousSecretUntil: secondsFromNow(overlapSeconds) };
    const [changed] = await tx.update(webhook).set(set).where(ownWebhook(ctx.caller, id)).returning();
    await recordAct(tx, ctx.caller, { ownerId: row.ownerId, action: 'webhook_secret_rotated', subject: id, details: { name: row.name } });
    return { ...presentWebhook(changed ?? row), secret };
  });
}
