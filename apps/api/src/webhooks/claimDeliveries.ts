import type { Database } from '@thaw/db/client';
import { sql } from 'drizzle-orm';

/** A message that this process is to send now. */
export interface ClaimedDelivery {
  id: string;
  webhookId: string;
  /** The number of this try: what comes of it counts only while no later one has begun. */
  attempt: number;
}

/** Messages to one webhook that may be under way at the same time. */
const atOncePerWebhook = 2;

/**
 * Takes messages that are due, the longest due first, for so many seconds: whoever has not said by then what came of them counts as
 * gone, and they are sent again. Two dispatchers never get the same one. A webhook that is slow holds up its own messages only.
 */
export async function claimDeliveries(db: Database, { limit, leaseSeconds }: { limit: number; leaseSeconds: number }): Promise<ClaimedDelivery[]> {
  const rows = await db.execute<{ id: string; webhook_id: string; attempts: number }>(sql`
    with due as (
      select distinct d.webhook_id from webhook_delivery d
      where d.status = 'pending' and d.next_try_at <= now()
    ), picked as (
      select one.id from due
      join webhook w on w.id = due.webhook_id
      cross join lateral (
        select d.id, d.next_try_at from webhook_delivery d
        where d.webhook_id = w.id and d.status = 'pending' and d.next_try_at <= now()
          and (d.lease_expires_at is null or d.lease_expires_at < clock_timestamp())
          and (w.enabled or d.type = 'ping')
        order by d.next_try_at, d.id
        limit greatest(0, ${atOncePerWebhook} - (
          select count(*) from webhook_delivery sent
          where sent.webhook_id = w.id and sent.status = 'pending' and sent.lease_expires_at >= clock_timestamp()))
        for update skip locked
      ) one
      order by one.next_try_at
      limit ${limit}
    )
    update webhook_delivery d
    set attempts = d.attempts + 1, lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    from picked where d.id = picked.id
    returning d.id, d.webhook_id, d.attempts`);
  return rows.map(({ id, webhook_id: webhookId, attempts: attempt }) => ({ id, webhookId, attempt }));
}
