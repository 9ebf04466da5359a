import type { Executor } from '@thaw/db/client';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { and, eq, sql } from 'drizzle-orm';

/** Gives up what is still to be sent to a webhook that is being switched off. */
export async function dropPending(tx: Executor, webhookId: string): Promise<void> {
  await tx
    .update(webhookDelivery)
    .set({ status: 'failed', leaseExpiresAt: null, finishedAt: sql`now()` })
    .where(and(eq(webhookDelivery.webhookId, webhookId), eq(webhookDelivery.status, 'pending')));
}
