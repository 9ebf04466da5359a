import type postgres from 'postgres';
import { stepsPerEpoch } from './fakeTrainer.ts';

/**
 * What must hold of each run when all is over, read from the database: it succeeded once, each step and epoch of its curves is there once,
 * its newest checkpoint is of its last step, its attempts are numbered without a gap and never were two at a time.
 * @returns a sentence for each kind of fault, with how many runs have it; none where all is well
 */
export async function findFaults(sql: postgres.Sql, expectedRuns: number): Promise<string[]> {
  const faults: string[] = [];
  const none = (what: string, rows: readonly { id: string }[]): void => {
    if (rows.length > 0) faults.push(`${rows.length} runs ${what}, such as ${rows[0]?.id}`);
  };
  const [count] = await sql<{ runs: number }[]>`select count(*)::int as runs from run`;
  if (count?.runs !== expectedRuns) faults.push(`${count?.runs} runs are there instead of ${expectedRuns}`);
  none('have not succeeded', await sql<{ id: string }[]>`select id from run where status <> 'succeeded'`);
  none('have attempts that are missing, open, or succeeded more or less than once', await sql<{ id: string }[]>`
    select run.id from run left join attempt on run_id = id group by run.id, run.attempt
    having count(number) <> run.attempt or max(number) <> run.attempt or count(*) filter (where outcome = 'succeeded') <> 1 or bool_or(attempt.finished_at is null)`);
  none('had two attempts at a time', await sql<{ id: string }[]>`
    select distinct run_id as id from (
      select run_id, started_at, lag(finished_at) over (partition by run_id order by number) as before from attempt
    ) followed where before > started_at`);
  // What is valid: an attempt voids what earlier ones told of steps after the one it resumed from.
  await sql`
    create unlogged table told as
    select batch.run_id, event ->> 'type' as type, case when event ->> 'type' = 'epoch' then (event ->> 'epoch')::int else (event ->> 'step')::int end as at
    from metric_batch batch cross join lateral json_array_elements(batch.events) event
    where event ->> 'type' in ('iteration', 'epoch') and not exists (
      select 1 from attempt later where later.run_id = batch.run_id and later.number > batch.attempt and later.resumed_from_step < (event ->> 'step')::int)`;
  none('lack steps or epochs, or have some twice', await sql<{ id: string }[]>`
    select run.id from run left join told on run_id = id
    group by run.id having
      count(*) filter (where type = 'iteration') <> (run.spec #>> '{schedule,epochs}')::int * ${stepsPerEpoch} or
      count(distinct at) filter (where type = 'iteration') <> (run.spec #>> '{schedule,epochs}')::int * ${stepsPerEpoch} or
      max(at) filter (where type = 'iteration') <> (run.spec #>> '{schedule,epochs}')::int * ${stepsPerEpoch} or
      count(*) filter (where type = 'epoch') <> (run.spec #>> '{schedule,epochs}')::int or
      count(distinct at) filter (where type = 'epoch') <> (run.spec #>> '{schedule,epochs}')::int`);
  none('have no checkpoint of their last step', await sql<{ id: string }[]>`
    select run.id from run where not exists (
      select 1 from checkpoint where run_id = run.id and checkpoint.step = run.step and run.step = (run.spec #>> '{schedule,epochs}')::int * ${stepsPerEpoch})`);
  return faults;
}
