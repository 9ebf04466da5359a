import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { and, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';

const keptDays = 30;
const atOnce = 5000;

/** Forgets messages that have ended and are older than 30 days. @returns how many */
export async function sweepDeliveries({ db }: Pick<Context<SystemCaller>, 'db'>): Promise<number> {
  const old = db
    .select({ id: webhookDelivery.id })
    .from(webhookDelivery)
    .where(and(lt(webhookDelivery.createdAt, sql`now() - make_interval(days => ${keptDays})`), ne(webhookDelivery.status, 'pending')))
    .limit(atOnce);
  for (let done = 0; ; ) {
    const gone = await db.delete(webhookDelivery).where(inArray(webhookDelivery.id, old)).returning({ id: webhookDelivery.id });
    done += gone.length;
    if (gone.length < atOnce) return done;
  }
}
