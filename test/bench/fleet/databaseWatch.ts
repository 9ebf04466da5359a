import { readdirSync, readFileSync } from 'node:fs';
import type postgres from 'postgres';
import { usageOf } from '../trainer.ts';

export interface DatabaseFigures {
  /** Seconds that processors have worked for PostgreSQL. */
  processorSeconds: number;
  transactions: number;
  /** Statements by all the time that they took. */
  statements: { text: string; calls: number; meanMilliseconds: number; share: number }[];
  /** Of the updates of runs, how many needed no new entries in indexes. */
  hotUpdates: number;
  /** What sessions at work waited for, and how often they were seen so. `cpu`: for nothing. */
  waits: Record<string, number>;
  /** Runs that were seen with two open attempts. */
  doubled: number;
}

const lookMilliseconds = 100;

/** Watches PostgreSQL from now on, which counts its statements by pg_stat_statements. */
export async function watchDatabase(sql: postgres.Sql): Promise<{ end: () => Promise<DatabaseFigures> }> {
  const [server] = await sql<{ pid: number }[]>`select (regexp_match(pg_read_file('postmaster.pid'), '^[0-9]+'))[1]::int as pid`;
  const postmaster = server?.pid ?? 0;
  const transactions = async (): Promise<number> => Number((await sql<{ count: string }[]>`select xact_commit as count from pg_stat_database where datname = current_database()`)[0]?.count);
  const updates = async () => (await sql<{ all: number; hot: number }[]>`select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'run'`)[0] ?? { all: 0, hot: 0 };
  await sql`select pg_stat_statements_reset()`;
  const before = { transactions: await transactions(), updates: await updates(), seconds: processorSecondsOf(postmaster) };
  const waits: Record<string, number> = {};
  let doubled = 0;
  let over = false;
  const looking = (async () => {
    for (let turn = 0; !over; turn++, await new Promise((resolve) => setTimeout(resolve, lookMilliseconds))) {
      const seen = await sql<{ what: string; count: number }[]>`
        select coalesce(wait_event_type || ': ' || wait_event, 'cpu') as what, count(*)::int as count
        from pg_stat_activity where application_name like 'thaw-%' and (state = 'active' and coalesce(wait_event_type, '') <> 'Client') group by 1`;
      for (const { what, count } of seen) waits[what] = (waits[what] ?? 0) + count;
      if (turn % 10 === 0) doubled += (await sql`select run_id from attempt where finished_at is null group by 1 having count(*) > 1`).length;
    }
  })();
  return {
    end: async () => {
      over = true;
      await looking;
      const processorSeconds = processorSecondsOf(postmaster) - before.seconds;
      const after = await updates();
      const all = { count: after.all - before.updates.all, hot: after.hot - before.updates.hot };
      const statements = await sql<{ text: string; calls: number; meanMilliseconds: number; share: number }[]>`
        select regexp_replace(query, '[[:space:]]+', ' ', 'g') as text, calls::int, mean_exec_time as "meanMilliseconds", total_exec_time / sum(total_exec_time) over () as share
        from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) and query not like '%pg_stat%' order by total_exec_time desc limit 25`;
      return { processorSeconds, transactions: (await transactions()) - before.transactions, statements: [...statements], hotUpdates: all.hot / all.count, waits, doubled };
    },
  };
}

/** Of a process, its children, and those that have ended. */
function processorSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const living = children.reduce((sum, name) => sum + secondsOf(Number(name)), 0);
  return usageOf(pid).processorSeconds + (Number(stat[13]) + Number(stat[14])) / 100 + living;
}

function secondsOf(pid: number): number {
  try {
    return usageOf(pid).processorSeconds;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

function parentOf(name: string): number {
  try {
    return Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
  } catch {
    return 0;
  }
}
