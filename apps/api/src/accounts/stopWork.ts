import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run } from '@thaw/db/schema/run';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { isVersion } from '../ingests/currentVersion.ts';
import { notify } from '../notify.ts';

/** Cancels all runs and imports of a person that wait, and asks those that run to stop. */
export async function stopWork(tx: Executor, ownerId: string): Promise<void> {
  const stopRequestedAt = sql`coalesce(stop_requested_at, now())`;
  const cancelled = { stopRequestedAt, status: 'cancelled', launchedAt: null, finishedAt: sql`now()` } as const;
  const runs = await tx
    .select({ id: run.id, status: run.status })
    .from(run)
    .where(and(eq(run.ownerId, ownerId), sql`${run.status} in ('queued', 'launching', 'running')`))
    .for('update');
  for (const { id, status } of runs) {
    await tx.update(run).set(status === 'running' ? { stopRequestedAt } : cancelled).where(eq(run.id, id));
    await notify(tx, 'run', id);
  }
  const own = tx.select({ id: dataset.id }).from(dataset).where(eq(dataset.ownerId, ownerId));
  const versions = await tx
    .select({ id: datasetVersion.datasetId, version: datasetVersion.version, status: datasetVersion.status })
    .from(datasetVersion)
    .where(and(inArray(datasetVersion.datasetId, own), sql`${datasetVersion.status} in ('queued', 'launching', 'importing')`))
    .for('update');
  for (const { id, version, status } of versions) {
    await tx.update(datasetVersion).set(status === 'importing' ? { stopRequestedAt } : cancelled).where(isVersion(id, version));
    await notify(tx, 'version', `${id}/${version}`);
  }
}
