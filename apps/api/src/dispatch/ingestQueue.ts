import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { worker } from '@thaw/db/schema/worker';
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import { isVersion } from '../ingests/currentVersion.ts';
import { expireIngestLeases } from '../ingests/expireIngestLeases.ts';
import { ingestPolicy } from '../ingests/ingestPolicy.ts';
import { moveVersion } from '../ingests/moveVersion.ts';
import { notify } from '../notify.ts';
import { afterAttempt } from '../work/afterAttempt.ts';
import type { DispatchContext } from './dispatchContext.ts';
import type { WorkQueue } from './workQueue.ts';

interface Place {
  datasetId: string;
  version: number;
}
const idOf = ({ datasetId, version }: Place): string => `${datasetId}/${version}`;
/** The id of a piece as the database makes it. */
const idColumn = sql<string>`${datasetVersion.datasetId} || '/' || ${datasetVersion.version}`;

/** Imports of data sets, for ingest workers. An id is `dataset/version`. */
export function ingestQueue(ctx: Omit<DispatchContext, 'settings'>): WorkQueue {
  const { db } = ctx;
  return {
    markLaunching: (input) => markLaunching(ctx, input),
    failLaunch: (input) => failLaunch(ctx, input),
    requeueUnclaimed: (input) => requeueUnclaimed(ctx, input),
    expireLeases: () => expireIngestLeases(ctx),
    busyWorkers: async (names) => {
      const same = and(
        eq(ingestAttempt.datasetId, datasetVersion.datasetId),
        eq(ingestAttempt.version, datasetVersion.version),
        eq(ingestAttempt.number, datasetVersion.attempt),
      );
      const rows = await db
        .select({ name: worker.name })
        .from(datasetVersion)
        .innerJoin(ingestAttempt, same)
        .innerJoin(worker, eq(worker.id, ingestAttempt.workerId))
        .where(and(sql`${datasetVersion.status} = 'importing'`, inArray(worker.name, [...names])));
      return rows.map(({ name }) => name);
    },
    stillLaunching: async (ids) => {
      const rows = await db
        .select({ id: idColumn })
        .from(datasetVersion)
        .where(and(sql`${datasetVersion.status} = 'launching'`, inArray(idColumn, [...ids])));
      return rows.map(({ id }) => id);
    },
  };
}

async function markLaunching({ db }: Pick<DispatchContext, 'db'>, { covered, limit }: { covered: number; limit: number }): Promise<string[]> {
  if (limit <= 0) return [];
  return db.transaction(async (tx) => {
    const waiting = await tx
      .select({ datasetId: datasetVersion.datasetId, version: datasetVersion.version })
      .from(datasetVersion)
      .where(and(sql`${datasetVersion.status} = 'queued'`, lte(datasetVersion.availableAt, sql`now()`)))
      .orderBy(asc(datasetVersion.createdAt), asc(datasetVersion.datasetId), asc(datasetVersion.version))
      .limit(covered + limit)
      .for('update', { skipLocked: true });
    const chosen = waiting.slice(covered);
    for (const place of chosen) {
      await tx.update(datasetVersion).set({ status: 'launching', launchedAt: sql`now()` }).where(isVersion(place.datasetId, place.version));
      await notify(tx, 'version', idOf(place));
    }
    return chosen.map(idOf);
  });
}

async function failLaunch({ db, log }: Pick<DispatchContext, 'db' | 'log'>, { id, reason }: { id: string; reason: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(datasetVersion)
      .where(and(eq(idColumn, id), eq(datasetVersion.status, sql`'launching'`)))
      .for('update');
    if (row === undefined) return;
    const next = afterAttempt(ingestPolicy, {
      outcome: 'failed',
      failure: { code: 'launch_failed', message: `No worker could be started: ${reason}` },
      stopRequested: row.stopRequestedAt !== null,
      progressed: false,
      inVain: row.attemptsInVain,
    });
    await moveVersion(tx, row, next);
    log.warn({ ingest: id, reason, next: next.status }, 'launch failed');
  });
}

/** It counts as no try: the worker may have taken another import. */
async function requeueUnclaimed({ db, log }: Pick<DispatchContext, 'db' | 'log'>, { seconds }: { seconds: number }): Promise<void> {
  const rows = await db
    .update(datasetVersion)
    .set({ status: 'queued', launchedAt: null })
    .where(sql`${datasetVersion.status} = 'launching' and ${datasetVersion.launchedAt} < now() - make_interval(secs => ${seconds})`)
    .returning({ datasetId: datasetVersion.datasetId, version: datasetVersion.version });
  for (const place of rows) log.warn({ ingest: idOf(place) }, 'no worker claimed the import in time; it waits again');
}
