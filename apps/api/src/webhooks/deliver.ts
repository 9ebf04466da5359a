import type { DeliveryTry, WebhookMessage } from '@thaw/contract/webhooks';
import { webhook, type WebhookRow } from '@thaw/db/schema/webhook';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { eq, sql } from 'drizzle-orm';
import type { KeyObject } from 'node:crypto';
import { Webhook as Signer } from 'standardwebhooks';
import type { Context, SystemCaller } from '../context.ts';
import type { PrivatePlaces } from './addressPolicy.ts';
import type { ClaimedDelivery } from './claimDeliveries.ts';
import { postSafely, type Resolve } from './postSafely.ts';
import { recordTry } from './recordTry.ts';
import { unseal } from './sealSecret.ts';

export interface DeliverContext extends Pick<Context<SystemCaller>, 'db' | 'log'> {
  key: KeyObject;
  places: PrivatePlaces;
  resolve: Resolve;
  /** For which a receiver may take to answer. */
  answerSeconds: number;
}

/** Sends a message that was claimed, and notes what came of it. */
export async function deliver(ctx: DeliverContext, claimed: ClaimedDelivery): Promise<void> {
  const [found] = await ctx.db
    .select({ message: webhookDelivery.message, webhook, now: sql`now()::timestamptz(3)`.mapWith(webhookDelivery.createdAt) })
    .from(webhookDelivery)
    .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
    .where(eq(webhookDelivery.id, claimed.id));
  // Deleted meanwhile.
  if (found === undefined) return;
  const tried = await send(ctx, claimed.id, found);
  await recordTry(ctx, claimed, tried);
}

interface Letter {
  message: WebhookMessage;
  webhook: WebhookRow;
  now: Date;
}

async function send({ key, places, resolve, answerSeconds }: DeliverContext, id: string, { message, webhook: to, now }: Letter): Promise<DeliveryTry> {
  const started = performance.now();
  const ended = (result: Pick<DeliveryTry, 'responseStatus' | 'response' | 'error'>): DeliveryTry => ({ at: now.toISOString(), milliseconds: Math.round(performance.now() - started), ...result });
  const secrets = secretsOf(to, key, now);
  if (secrets === null) return ended({ responseStatus: null, response: '', error: 'The secret of this webhook cannot be read any more, as the service has another AUTH_SECRET now. Rotate it.' });
  const body = JSON.stringify(message);
  const { status, response, error } = await postSafely({ url: to.url, headers: headersOf(id, now, body, secrets), body, places, resolve, seconds: answerSeconds });
  const taken = status !== null && status >= 200 && status < 300;
  return ended({ responseStatus: status, response, error: taken ? null : (error ?? sentenceOf(status)) });
}

/** Standard Webhooks (https://www.standardwebhooks.com). */
const headersOf = (id: string, now: Date, body: string, secrets: readonly string[]): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Thaw-Webhooks/1',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
  'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, now, body)).join(' '),
});

/** The newest first. Null where it cannot be opened. */
function secretsOf({ id, sealedSecret, sealedPreviousSecret, previousSecretUntil }: WebhookRow, key: KeyObject, now: Date): string[] | null {
  const secret = unseal(key, sealedSecret, id);
  if (secret === null) return null;
  const previous = sealedPreviousSecret !== null && previousSecretUntil !== null && previousSecretUntil > now ? unseal(key, sealedPreviousSecret, id) : null;
  return previous === null ? [secret] : [secret, previous];
}

function sentenceOf(status: number | null): string {
  if (status !== null && status >= 300 && status < 400) return `The receiver answered ${status}: redirects are not followed. Give the address that it points to.`;
  return `The receiver answered ${status ?? 'nothing'}, where 2xx would have said that it has the message.`;
}
