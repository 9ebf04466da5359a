import type { Executor } from '@thaw/db/client';
import { sql, type SQL } from 'drizzle-orm';

/** The first moment of this calendar month, in UTC. */
const monthStart = sql`(date_trunc('month', now() at time zone 'UTC') at time zone 'UTC')`;

/**
 * The time between two moments by day (UTC): rows of a day and of seconds. Days are those of the world, not of whoever runs
 * the database.
 */
const byDay = (from: SQL, to: SQL): SQL => sql`(
  select moment::date as day,
    extract(epoch from least(${to}, (moment + interval '1 day') at time zone 'UTC') - greatest(${from}, moment at time zone 'UTC'))::double precision as seconds
  from generate_series(date_trunc('day', ${from} at time zone 'UTC'), ${to} at time zone 'UTC', interval '1 day') as moment)`;

/** Adds the time of an attempt that has just ended to what its owner has used: it stays there when the run is deleted. */
export async function keepComputeTime(tx: Executor, { ownerId, runId, attempt }: { ownerId: string; runId: string; attempt: number }): Promise<void> {
  await tx.execute(sql`
    insert into compute_day (owner_id, day, device, seconds)
    select ${ownerId}, days.day, coalesce(attempt.device, 'cpu'), days.seconds
    from attempt cross join lateral ${byDay(sql`attempt.started_at`, sql`attempt.finished_at`)} days
    where attempt.run_id = ${runId} and attempt.number = ${attempt} and attempt.finished_at is not null
    on conflict (owner_id, day, device) do update set seconds = compute_day.seconds + excluded.seconds`);
}

/** Seconds on GPUs in this month of the owner whose id an expression gives, of attempts that have ended. */
export const endedGpuSecondsOf = (owner: SQL): SQL =>
  sql`(select coalesce(sum(seconds), 0) from compute_day where compute_day.owner_id = ${owner} and compute_day.device = 'gpu' and compute_day.day >= (${monthStart} at time zone 'UTC')::date)`;

/** The same of attempts under way, up to now: rows of an owner and of seconds. */
export const gpuSecondsUnderWay = sql`
  select active.owner_id, sum(extract(epoch from now() - greatest(attempt.started_at, ${monthStart})))::double precision as seconds
  from run active join attempt on attempt.run_id = active.id and attempt.number = active.attempt
  where active.status = 'running' and attempt.device = 'gpu' group by active.owner_id`;

/** All seconds on GPUs in this month of the owner whose id an expression gives. */
export const gpuSecondsOf = (owner: SQL): SQL =>
  sql`(${endedGpuSecondsOf(owner)} + coalesce((select under_way.seconds from (${gpuSecondsUnderWay}) under_way where under_way.owner_id = ${owner}), 0))`;

export interface ComputeDay {
  ownerId: string;
  /** Such as `2026-11-25`. */
  day: string;
  device: 'cpu' | 'gpu';
  seconds: number;
}

/** What owners have used this month, by day, rising. */
export async function computeDays(db: Executor, ownerIds: readonly string[]): Promise<ComputeDay[]> {
  if (ownerIds.length === 0) return [];
  return db.execute<ComputeDay & Record<string, unknown>>(sql`
    select owner_id as "ownerId", day::text as day, device, sum(seconds)::double precision as seconds
    from (
      select owner_id, day, device, seconds from compute_day where owner_id in ${[...ownerIds]} and day >= (${monthStart} at time zone 'UTC')::date
      union all
      select active.owner_id, days.day, coalesce(attempt.device, 'cpu'), days.seconds
      from run active join attempt on attempt.run_id = active.id and attempt.number = active.attempt
        cross join lateral ${byDay(sql`greatest(attempt.started_at, ${monthStart})`, sql`now()`)} days
      where active.owner_id in ${[...ownerIds]} and active.status = 'running'
    ) parts
    group by owner_id, day, device order by day, device`);
}

/** The month that it is, such as `2026-11`, and the first day of the next. */
export async function readMonth(db: Executor): Promise<{ month: string; next: string }> {
  const [row] = await db.execute<{ month: string; next: string }>(sql`
    select to_char(now() at time zone 'UTC', 'YYYY-MM') as month, to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY-MM-DD') as next`);
  if (row === undefined) throw new Error('The database does not say what month it is.');
  return row;
}
