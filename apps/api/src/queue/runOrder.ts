import type { Quota } from '@thaw/contract/quotas';
import { unlimited } from '@thaw/db/schema/quota';
import { sql, type SQL } from 'drizzle-orm';
import { limitIn } from '../quotas/readQuota.ts';
import { endedGpuSecondsOf, gpuSecondsUnderWay } from '../usage/computeTime.ts';

/**
 * Who comes next. One owner's runs go by priority, then by age. Between owners it is fair shares: whoever has the fewest active runs is
 * served first; of several, the one who has waited longest, that is since being served last or, if later, since the run was made.
 *
 * Taken one after the other, runs come out by their turn, which is how many runs of the owner are active before this one; in the same
 * turn those come first whose owner had more active runs to begin with, as the others have just been served; and then who waited longest.
 *
 * A run is held while it pauses after a failure; while its owner has as many active runs as the quota lets; and before its first
 * attempt, while its owner's GPU minutes of this month are used up. What has begun goes on to its end.
 */
export interface View {
  /** Statuses of runs that wait. Literals, here and below: only so does the planner see that the partial indexes serve. */
  waiting: SQL;
  /** Statuses of runs that take up a place of their owner's. */
  active: SQL;
}

/** As a worker sees it who asks for a run: those for whom another was started are still to be had. */
export const toClaim: View = { waiting: sql`('queued', 'launching')`, active: sql`('running')` };
/** As the dispatcher sees it, who has workers started. */
export const toLaunch: View = { waiting: sql`('queued')`, active: sql`('launching', 'running')` };

/** Of one owner's runs. */
export const ownOrder = sql`run.priority desc, run.created_at, run.id`;

/** Whether a run may be given to a worker, the quota on active runs apart. */
export const mayBeTaken = ({ waiting }: View, spent: SQL): SQL => sql`run.status in ${waiting} and run.available_at <= now() and (run.attempt > 0 or not ${spent})`;

/**
 * `share`, the owners of waiting runs: how many active runs each has and may have, whether GPU minutes are spent, and since when it has
 * waited, null where all its runs are held. Owners are found by as many probes of an index, however many runs wait; active runs are gone
 * through once, not once for each owner, whatever the planner believes of their number.
 * @param minutesCount whether GPU minutes are looked at
 */
export function shares(view: View, quota: Quota, { minutesCount }: { minutesCount: boolean }): SQL {
  const { waiting, active } = view;
  const minutes = limitIn('gpuMinutes', quota);
  const seconds = sql`${endedGpuSecondsOf(sql`owner.id`)} + coalesce((select gpu.seconds from gpu where gpu.owner_id = owner.id), 0)`;
  const spent = minutesCount ? sql`case when ${minutes} = ${unlimited}::bigint then false else ${seconds} >= 60.0 * ${minutes} end` : sql`false`;
  return sql`
    recursive owner (id) as (
      select min(owner_id) from run where status in ${waiting}
      union all
      select (select min(owner_id) from run where status in ${waiting} and owner_id > owner.id) from owner where owner.id is not null
    ),
    busy as materialized (
      select owner_id, count(*) as runs from run where status in ${active} group by owner_id
    ),
    gpu as materialized (${gpuSecondsUnderWay}),
    standing as materialized (
      select owner.id as owner_id, ${limitIn('activeRuns', quota)} as most, ${spent} as spent, coalesce(busy.runs, 0) as active,
        (select run.claimed_at from run where run.owner_id = owner.id and run.claimed_at is not null order by run.claimed_at desc nulls last limit 1) as served_at
      from owner left join quota on quota.owner_id = owner.id left join busy on busy.owner_id = owner.id
      where owner.id is not null
    ),
    share as materialized (
      select standing.*, greatest(served_at, first.created_at) as since
      from standing left join lateral (
        select run.created_at from run where run.owner_id = standing.owner_id and ${mayBeTaken(view, sql`standing.spent`)} order by ${ownOrder} limit 1
      ) first on true
    )`;
}
