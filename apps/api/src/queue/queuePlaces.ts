import type { Quota } from '@thaw/contract/quotas';
import type { WaitsFor } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import { sql } from 'drizzle-orm';
import { mayBeTaken, ownOrder, shares, toClaim } from './runOrder.ts';

export interface QueuePlace {
  /** 1: the next to be taken. One that is held comes behind all that can be taken now, and its owner's that are held before it. */
  position: number;
  waitsFor: WaitsFor;
}

/**
 * The places of some of an owner's runs in the queue, by id; those that do not wait have none. Other people's runs are counted,
 * not looked at: how many of them come before a turn follows from how many there are.
 */
export async function queuePlaces(db: Executor, quota: Quota, ownerId: string, ids: readonly string[]): Promise<Map<string, QueuePlace>> {
  if (ids.length === 0) return new Map();
  const rows = await db.execute<{ id: string; position: number; waitsFor: WaitsFor }>(sql`
    with ${shares(toClaim, quota, { minutesCount: true })},
    others as (
      select active, since, owner_id, least(most - active, (select count(*) from run where run.owner_id = share.owner_id and ${mayBeTaken(toClaim, sql`share.spent`)})) as takeable
      from share where owner_id <> ${ownerId} and active < most and since is not null
    ),
    held as (
      select run.id, run.priority, run.created_at, case when run.available_at > now() then 'pause' when run.attempt = 0 and (select spent from share where owner_id = ${ownerId}) then 'gpuMinutes' end as hold
      from run
      where run.owner_id = ${ownerId} and run.status in ${toClaim.waiting}
    ),
    ranked as (
      -- Those that are held take no turn from others.
      select id, hold, count(*) filter (where hold is null) over own as rank, count(*) over own as place
      from held run window own as (order by ${ownOrder} rows unbounded preceding)
    ),
    turned as (
      select ranked.*, me.active, me.since, me.owner_id, me.active + rank - 1 as turn, greatest(me.most - me.active, 0) as free,
        coalesce(hold, case when me.active + rank > me.most then 'activeRuns' else 'worker' end) as waits_for
      from ranked cross join share me where me.owner_id = ${ownerId}
    )
    select id, waits_for as "waitsFor", (case when waits_for = 'worker'
        then rank + (
          select coalesce(sum(least(greatest(turned.turn - others.active, 0), takeable)
            + case when turned.turn between others.active and others.active + takeable - 1 and (-others.active, others.since, others.owner_id) < (-turned.active, turned.since, turned.owner_id) then 1 else 0 end), 0)
          from others)
        else (select coalesce(sum(takeable), 0) from others) + least(free, (select max(rank) from turned)) + place - least(rank, free)
      end)::int as position
    from turned where id in ${[...ids]}`);
  return new Map(rows.map(({ id, ...place }) => [id, place]));
}
