import type { Quota } from '@thaw/contract/quotas';
import type { Database } from '@thaw/db/client';
import { sql } from 'drizzle-orm';
import { Gauge, type Registry } from 'prom-client';
import { nextToLaunch } from '../queue/nextToLaunch.ts';

/** More are never wanted at once: what comes later is asked for later. */
const most = 1000;

/**
 * For whoever starts workers by this number: one for each piece of work that a worker has, and one for each that the next could take. What a quota or
 * a pause holds back wants none. `read` sets it anew after `reset`.
 */
export function addWantedWorkers(registry: Registry, { db, quota }: { db: Database; quota: Quota }): { reset: () => void; read: () => Promise<void> } {
  const wanted = new Gauge({
    name: 'thaw_workers_wanted',
    help: `Workers that would have something to do: as many as are at work, and up to ${most} for what could be claimed now`,
    labelNames: ['queue'] as const,
    registers: [registry],
  });
  return {
    reset: () => wanted.reset(),
    read: async () => {
      const [next, rows] = await Promise.all([
        nextToLaunch(db, quota, most),
        // Literals: the planner must see that partial indexes are enough.
        db.execute<{ runs: number; imports: number; tasks: number }>(sql`
          select (select count(*)::int from run where status in ('launching', 'running')) as runs,
            ((select count(*) from dataset_version where status in ('queued', 'launching') and available_at <= now()) + (select count(*) from dataset_version where status = 'importing'))::int as imports,
            ((select count(*) from task where status in ('queued', 'launching') and available_at <= now()) + (select count(*) from task where status = 'running'))::int as tasks`),
      ]);
      const [{ runs, imports, tasks } = { runs: 0, imports: 0, tasks: 0 }] = rows;
      wanted.set({ queue: 'runs' }, runs + next.length);
      wanted.set({ queue: 'imports' }, imports);
      wanted.set({ queue: 'tasks' }, tasks);
    },
  };
}
