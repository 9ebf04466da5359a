import { worker } from '@thaw/db/schema/worker';
import { sql } from 'drizzle-orm';
import type { DispatchContext } from './dispatchContext.ts';
import type { WaitingWork, WorkKind } from './workKind.ts';
import type { WorkQueue } from './workQueue.ts';

/** So many more are looked at where some may have to wait for others of their owner's. */
const spare = 200;
/** Leases that are judged in one transaction. */
const atOnce = 50;

/** The queue that a table of work is. */
export function queueOf<Row>({ db, log }: Pick<DispatchContext, 'db' | 'log'>, kind: WorkKind<Row>): WorkQueue {
  const { name, table, id, attempts } = kind;
  // Literals, not parameters: only so does the planner see that a partial index serves.
  const is = (status: string) => sql`${table}.status = ${sql.raw(`'${status}'`)}`;
  const idsOf = (rows: readonly { id: string }[]): string[] => rows.map((row) => row.id);

  return {
    markLaunching: async ({ covered, limit }) => {
      if (limit <= 0) return [];
      return db.transaction(async (tx) => {
        const waiting = await tx.execute<WaitingWork & Record<string, unknown>>(sql`
          select ${id} as id, ${kind.owner} as "ownerId" from ${table} where ${is('queued')} and available_at <= now()
          order by ${kind.order} limit ${covered + limit + (kind.admit === undefined ? 0 : spare)} for update skip locked`);
        const admitted = kind.admit === undefined ? waiting : await kind.admit(tx, waiting);
        const ids = idsOf(admitted.slice(covered, covered + limit));
        if (ids.length === 0) return [];
        await tx.execute(sql`update ${table} set status = 'launching', launched_at = now() where ${is('queued')} and ${id} in ${ids}`);
        for (const one of ids) await kind.announce(tx, one);
        return ids;
      });
    },

    failLaunch: ({ id: wanted, reason }) =>
      db.transaction(async (tx) => {
        const launching = sql`${id} = ${wanted} and ${is('launching')}`;
        // Waits for whoever has it: a launch that failed is told once.
        await tx.execute(sql`select 1 from ${table} where ${launching} for update`);
        const [row] = await kind.lock(tx, launching, 1);
        if (row === undefined) return;
        const next = await kind.endLaunch(tx, row, `No worker could be started: ${reason}`);
        log.warn({ ...kind.describe(row), reason, next }, `launch for a ${name} failed`);
      }),

    // It counts as no try: the worker may have taken another piece.
    requeueUnclaimed: async ({ seconds }) => {
      const rows = await db.execute<{ id: string }>(sql`
        update ${table} set status = 'queued', launched_at = null
        where ${is('launching')} and launched_at < now() - make_interval(secs => ${seconds}) returning ${id} as id`);
      for (const one of idsOf(rows)) log.warn({ [name]: one }, `no worker claimed the ${name} in time; it waits again`);
    },

    expireLeases: () =>
      db.transaction(async (tx) => {
        const silent = await kind.lock(tx, sql`${is(kind.working)} and ${table}.lease_expires_at < clock_timestamp()`, atOnce);
        for (const row of silent) {
          const next = await kind.endLost(tx, row, 'The worker fell silent: it was killed, lost its power or its network.');
          log.warn({ ...kind.describe(row), next }, `lease of a ${name} expired`);
        }
        return silent.length;
      }),

    busyWorkers: async (names) => {
      const rows = await db.execute<{ name: string }>(sql`
        select ${worker.name} as name from ${table} join ${attempts.table} on ${attempts.isCurrent} join ${worker} on ${worker.id} = ${attempts.workerId}
        where ${is(kind.working)} and ${worker.name} in ${[...names]}`);
      return rows.map((row) => row.name);
    },

    stillLaunching: async (ids) => idsOf(await db.execute<{ id: string }>(sql`select ${id} as id from ${table} where ${is('launching')} and ${id} in ${[...ids]}`)),
  };
}
