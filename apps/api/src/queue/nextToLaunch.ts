import type { Quota } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';
import { mayBeTaken, ownOrder, shares, toLaunch } from './runOrder.ts';

/** The next runs for which workers are to be started, as many at most, in the order in which workers will take them. */
export async function nextToLaunch(db: Executor, quota: Quota, count: number): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    with ${shares(toLaunch, quota, { minutesCount: true })}
    select next.id
    from share cross join lateral (
      select run.id, row_number() over (order by ${ownOrder}) as rank from run
      where run.owner_id = share.owner_id and ${mayBeTaken(toLaunch, sql`share.spent`)}
      order by ${ownOrder} limit least(share.most - share.active, ${count}::bigint)
    ) next
    where share.active < share.most
    order by share.active + next.rank, next.rank, share.since, share.owner_id
    limit ${count}`);
  return rows.map(({ id }) => id);
}
