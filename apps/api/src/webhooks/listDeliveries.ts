import type { DeliveryStatus, WebhookDelivery } from '@thaw/contract/webhooks';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { and, desc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { findWebhook, type WebhookInput } from './findWebhook.ts';
import { presentDelivery } from './presentWebhook.ts';

export interface ListDeliveriesInput extends WebhookInput {
  limit: number;
  cursor?: string | undefined;
  status?: DeliveryStatus | undefined;
}

/** What was, is and will be sent to a webhook, newest first. */
export async function listDeliveries(ctx: Context, { id, limit, cursor, status }: ListDeliveriesInput): Promise<{ items: WebhookDelivery[]; nextCursor: string | null }> {
  const { id: webhookId } = await findWebhook(ctx.db, ctx.caller, id);
  const rows = await ctx.db
    .select()
    .from(webhookDelivery)
    .where(and(eq(webhookDelivery.webhookId, webhookId), status && eq(webhookDelivery.status, status), cursor === undefined ? undefined : before(readCursor(cursor))))
    .orderBy(desc(webhookDelivery.createdAt), desc(webhookDelivery.id))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(presentDelivery), nextCursor: last === undefined ? null : `${last.createdAt.getTime()}.${last.id}` };
}

const position = z.tuple([z.string().regex(/^\d{1,15}$/).transform(Number), z.string().refine(canBeId)]);
const before = ([at, id]: z.infer<typeof position>) => sql`(${webhookDelivery.createdAt}, ${webhookDelivery.id}) < (${new Date(at).toISOString()}::timestamptz, ${id})`;

function readCursor(cursor: string): z.infer<typeof position> {
  const read = position.safeParse(cursor.split('.'));
  if (!read.success || read.data[0] >= Date.UTC(9000, 0)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  return read.data;
}
