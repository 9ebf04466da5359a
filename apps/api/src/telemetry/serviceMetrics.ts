import type { Quota } from '@thaw/contract/quotas';
import { runStatus } from '@thaw/contract/runStatus';
import type { Database } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { webhookDelivery } from '@thaw/db/schema/webhookDelivery';
import { worker } from '@thaw/db/schema/worker';
import { count, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { addChoreMetrics } from './choreMetrics.ts';
import { addWantedWorkers } from './wantedWorkers.ts';

/** A monitor gives up after some 10 s; by then it must have what else there is. */
const secondsToAnswer = 3;
/** A worker asks every few seconds, or sends a heartbeat at least twice a lease. */
const seenMinutes = 2;

/** Gauges of what the database knows: the same from each API process. @returns reads them anew, and never fails */
export function addServiceMetrics(registry: Registry, { db, log, quota }: { db: Database; log: Logger; quota: Quota }): () => Promise<void> {
  const registers = [registry];
  const reachable = new Gauge({ name: 'thaw_database_up', help: 'Whether the database has told all of the gauges in time; those it has not are left out', registers });
  const waiting = new Gauge({ name: 'thaw_queue_length', help: 'Runs, imports and tasks that no worker has claimed yet, and messages to webhooks that have not arrived', labelNames: ['queue'] as const, registers });
  const age = new Gauge({
    name: 'thaw_queue_oldest_seconds',
    help: 'For how long the longest waiting one could have been claimed, or been sent again; 0 where none waits',
    labelNames: ['queue'] as const,
    registers,
  });
  const runs = new Gauge({ name: 'thaw_runs', help: 'Runs by status', labelNames: ['status'] as const, registers });
  const workers = new Gauge({ name: 'thaw_workers', help: `Workers seen in the last ${seenMinutes} minutes`, labelNames: ['device'] as const, registers });

  const retries = new Gauge({ name: 'thaw_webhook_retries_waiting', help: 'Messages to webhooks that did not arrive and are to be sent again', registers });
  const chores = addChoreMetrics(registry, db);
  const wanted = addWantedWorkers(registry, { db, quota });

  const readQueue = async (queue: 'runs' | 'imports' | 'tasks', table: typeof run | typeof datasetVersion | typeof task): Promise<void> => {
    const [row] = await db
      .select({ length: count(), oldest: sql`coalesce(greatest(extract(epoch from now() - min(${table.availableAt})), 0), 0)`.mapWith(Number) })
      .from(table)
      // Literals: the planner must see that the index of the queue is enough.
      .where(sql`${table.status} in ('queued', 'launching')`);
    waiting.set({ queue }, row?.length ?? 0);
    age.set({ queue }, row?.oldest ?? 0);
  };
  const readWebhooks = async (): Promise<void> => {
    const [row] = await db
      .select({
        length: count(),
        retries: sql`count(*) filter (where ${webhookDelivery.attempts} > 0)`.mapWith(Number),
        oldest: sql`coalesce(greatest(extract(epoch from now() - min(${webhookDelivery.nextTryAt})), 0), 0)`.mapWith(Number),
      })
      .from(webhookDelivery)
      .where(sql`${webhookDelivery.status} = 'pending'`);
    waiting.set({ queue: 'webhooks' }, row?.length ?? 0);
    age.set({ queue: 'webhooks' }, row?.oldest ?? 0);
    retries.set(row?.retries ?? 0);
  };
  const readRuns = async (): Promise<void> => {
    const rows = await db.select({ status: run.status, runs: count() }).from(run).groupBy(run.status);
    for (const status of runStatus.options) runs.set({ status }, rows.find((row) => row.status === status)?.runs ?? 0);
  };
  const readWorkers = async (): Promise<void> => {
    const rows = await db
      .select({ device: worker.deviceType, workers: count() })
      .from(worker)
      .where(sql`${worker.lastSeenAt} > now() - make_interval(mins => ${seenMinutes})`)
      .groupBy(worker.deviceType);
    for (const device of ['cpu', 'gpu'] as const) workers.set({ device }, rows.find((row) => row.device === device)?.workers ?? 0);
  };

  return async () => {
    for (const gauge of [waiting, age, retries, runs, workers, chores, wanted]) gauge.reset();
    const queues = [readQueue('runs', run), readQueue('imports', datasetVersion), readQueue('tasks', task), readWebhooks()];
    const all = Promise.all([...queues, readRuns(), readWorkers(), chores.read(), wanted.read()]).then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error }, 'metrics of the database could not be read');
        return false;
      },
    );
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), secondsToAnswer * 1000).unref());
    reachable.set((await Promise.race([all, late])) ? 1 : 0);
  };
}
