import type { DeliveryTry } from '@thaw/contract/webhooks';
import type { Executor } from '@thaw/db/client';
import { webhook } from '@thaw/db/schema/webhook';
import { webhookDelivery, type WebhookDeliveryRow } from '@thaw/db/schema/webhookDelivery';
import { and, eq, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { recordAct } from '../audit/recordAct.ts';
import type { Context, SystemCaller } from '../context.ts';
import { secondsUntilNextTry } from './backOff.ts';
import type { ClaimedDelivery } from './claimDeliveries.ts';
import { dropPending } from './dropPending.ts';

const triesKept = 20;
const givenUpAfterDays = 3;
/** "Do not send me that any more." */
const gone = 410;

/** Notes what came of a try: the message has arrived, is tried again later, or is lost. Nothing where another try has begun since. */
export async function recordTry({ db, log }: Pick<Context<SystemCaller>, 'db' | 'log'>, { id, webhookId, attempt }: ClaimedDelivery, tried: DeliveryTry): Promise<void> {
  await db.transaction(async (tx) => {
    const [to] = await tx.select().from(webhook).where(eq(webhook.id, webhookId)).for('no key update');
    const mine = and(eq(webhookDelivery.id, id), eq(webhookDelivery.attempts, attempt), eq(webhookDelivery.status, 'pending'));
    const [row] = await tx.select().from(webhookDelivery).where(mine).for('update');
    if (to === undefined || row === undefined) return;
    const pause = tried.error === null || row.type === 'ping' || tried.responseStatus === gone ? null : secondsUntilNextTry(attempt);
    const next = pause === null ? ({ status: tried.error === null ? 'succeeded' : 'failed', finishedAt: sql`now()` } as const) : { nextTryAt: secondsFromNow(pause) };
    await tx
      .update(webhookDelivery)
      .set({ tries: [...row.tries, tried].slice(-triesKept), leaseExpiresAt: null, ...next })
      .where(mine);
    if (row.type === 'ping') return;
    if (tried.error === null) {
      if (to.failingSince !== null) await tx.update(webhook).set({ failingSince: null }).where(eq(webhook.id, webhookId));
      return;
    }
    if (to.failingSince === null) await tx.update(webhook).set({ failingSince: sql`now()` }).where(eq(webhook.id, webhookId));
    const reason = tried.responseStatus === gone ? 'The receiver answered 410: it wants no more messages.' : await reasonToGiveUp(tx, row, pause);
    if (reason === null) return;
    log.warn({ webhook: webhookId, reason }, 'webhook switched off');
    await tx.update(webhook).set({ enabled: false, disabledReason: reason }).where(eq(webhook.id, webhookId));
    await recordAct(tx, 'system', { ownerId: to.ownerId, action: 'webhook_disabled', subject: webhookId, details: { name: to.name, reason } });
    await dropPending(tx, webhookId);
  });
}

/** Once a message is lost and nothing has arrived for days, the webhook is switched off: its receiver has most likely gone. */
async function reasonToGiveUp(tx: Executor, { webhookId }: WebhookDeliveryRow, pause: number | null): Promise<string | null> {
  if (pause !== null) return null;
  const [failing] = await tx
    .select({ since: webhook.failingSince })
    .from(webhook)
    .where(and(eq(webhook.id, webhookId), eq(webhook.enabled, true), sql`${webhook.failingSince} < now() - make_interval(days => ${givenUpAfterDays})`));
  const since = failing?.since ?? null;
  return since === null ? null : `No message has arrived since ${since.toISOString()}. Put the receiver right, then switch the webhook on again.`;
}
