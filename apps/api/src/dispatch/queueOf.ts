import type { Executor } from '@thaw/db/client';
import { worker } from '@thaw/db/schema/worker';
import { inArray, sql, type SQL } from 'drizzle-orm';
import type { DispatchContext } from './dispatchContext.ts';
import type { WorkKind } from './workKind.ts';
import type { WorkQueue } from './workQueue.ts';

/** Leases that are judged in one turn. */
const atOnce = 50;

/** The queue that a table of work is. */
export function queueOf<Row>({ db, log }: Pick<DispatchContext, 'db' | 'log'>, kind: WorkKind<Row>): WorkQueue {
  const { name, table, id, attempts } = kind;
  // Literals, not parameters: only so does the planner see that a partial index serves.
  const is = (status: string) => sql`${table}.status = ${sql.raw(`'${status}'`)}`;
  const heldBy = sql`from ${table} join ${attempts.table} on ${attempts.isCurrent} join ${worker} on ${worker.id} = ${attempts.workerId} where ${is(kind.working)}`;
  const idsOf = (rows: readonly { id: string }[]): string[] => rows.map((row) => row.id);

  /** Whoever has fewest pieces with workers, or about to be, is served first; see runOrder.ts. */
  const inFairShares = async (tx: Executor, count: number): Promise<string[]> =>
    idsOf(
      await tx.execute<{ id: string }>(sql`
        select waiting.id from (
          select ${id} as id, ${kind.owner} as owner_id, created_at, row_number() over (partition by ${kind.owner} order by ${kind.order}) as rank
          from ${table} where ${is('queued')} and available_at <= now()
        ) waiting left join (
          select ${kind.owner} as owner_id, count(*) as pieces from ${table} where ${is('launching')} or ${is(kind.working)} group by 1
        ) active on active.owner_id is not distinct from waiting.owner_id
        order by coalesce(active.pieces, 0) + rank, rank, waiting.created_at, waiting.id limit ${count}`),
    );

  /** One that somebody else has locked is waited for, and left out where it is not as the condition says any more. */
  const lockInTurn = async (tx: Executor, condition: SQL): Promise<Row | undefined> => {
    await tx.execute(sql`select 1 from ${table} where ${condition} for update`);
    return (await kind.lock(tx, condition, 1))[0];
  };

  const requeueLaunching = sql`update ${table} set status = 'queued', launched_at = null where ${is('launching')}`;

  const hasWorked = async (tx: Executor, named: string): Promise<boolean> =>
    (await tx.execute(sql`select 1 from ${attempts.table} join ${worker} on ${worker.id} = ${attempts.workerId} where ${worker.name} = ${named} limit 1`)).length > 0;

  return {
    markLaunching: async ({ covered, limit }) => {
      if (limit <= 0) return [];
      return db.transaction(async (tx) => {
        const next = await (kind.next ?? inFairShares)(tx, covered + limit);
        const chosen = next.slice(covered);
        if (chosen.length === 0) return [];
        // Those that another dispatcher has locked are its own.
        const free = sql`select ${id} from ${table} where ${is('queued')} and ${id} in ${chosen} for update skip locked`;
        const marked = new Set(idsOf(await tx.execute<{ id: string }>(sql`
          update ${table} set status = 'launching', launched_at = now() where ${id} in (${free}) returning ${id} as id`)));
        for (const one of marked) await kind.announce(tx, one);
        return chosen.filter((one) => marked.has(one));
      });
    },

    failLaunch: ({ id: wanted, reason, worker: ended }) =>
      db.transaction(async (tx) => {
        // Waited for: a launch that failed is told once.
        const row = await lockInTurn(tx, sql`${id} = ${wanted} and ${is('launching')}`);
        if (row === undefined) return;
        if (ended !== undefined && (await hasWorked(tx, ended))) return void (await tx.execute(sql`${requeueLaunching} and ${id} = ${wanted}`));
        const next = await kind.endLaunch(tx, row, `No worker could be started: ${reason}`);
        log.warn({ ...kind.describe(row), reason, next }, `launch for a ${name} failed`);
      }),

    // It counts as no try: the worker may have taken another piece.
    requeueUnclaimed: async ({ seconds, expected = [] }) => {
      const others = expected.length === 0 ? sql`true` : sql`${id} not in ${[...expected]}`;
      const rows = await db.execute<{ id: string }>(sql`
        ${requeueLaunching} and launched_at < now() - make_interval(secs => ${seconds}) and ${others} returning ${id} as id`);
      for (const one of idsOf(rows)) log.warn({ [name]: one }, `no worker claimed the ${name} in time; it waits again`);
    },

    loseWorker: ({ name: gone, reason }) =>
      db.transaction(async (tx) => {
        // Waited for: its last call may still be at work.
        const row = await lockInTurn(tx, sql`${is(kind.working)} and ${id} in (select ${id} ${heldBy} and ${worker.name} = ${gone})`);
        if (row === undefined) return;
        const next = await kind.endLost(tx, row, reason);
        log.warn({ ...kind.describe(row), worker: gone, reason, next }, `the worker of a ${name} is gone`);
      }),

    expireLeases: async () => {
      // One in a transaction: until its end whoever ends other work of the same owner may have to wait.
      const expireOne = (): Promise<boolean> =>
        db.transaction(async (tx) => {
          const [row] = await kind.lock(tx, sql`${is(kind.working)} and ${table}.lease_expires_at < clock_timestamp()`, 1);
          if (row === undefined) return false;
          const next = await kind.endLost(tx, row, 'The worker fell silent: it was killed, lost its power or its network.');
          log.warn({ ...kind.describe(row), next }, `lease of a ${name} expired`);
          return true;
        });
      let expired = 0;
      while (expired < atOnce && (await expireOne())) expired++;
      return expired;
    },

    busyWorkers: async (names) => {
      const rows = await db.execute<{ name: string }>(sql`
        select ${worker.name} as name ${heldBy} and ${worker.name} in ${[...names]}`);
      return rows.map((row) => row.name);
    },

    unheardFor: async (names) => {
      const rows = await db
        .select({ name: worker.name, seconds: sql<number>`extract(epoch from now() - max(${worker.lastSeenAt}))::float8` })
        .from(worker)
        .where(inArray(worker.name, [...names]))
        .groupBy(worker.name);
      return new Map(rows.map((row) => [row.name, row.seconds]));
    },

    countWaiting: async (most) => {
      const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from (select 1 from ${table} where ${is('queued')} or ${is('launching')} limit ${most}) waiting`);
      return row?.count ?? 0;
    },

    stillLaunching: async (ids) => idsOf(await db.execute<{ id: string }>(sql`select ${id} as id from ${table} where ${is('launching')} and ${id} in ${[...ids]}`)),
  };
}
