import type { Executor } from '@thaw/db/client';
import { run } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';

/** Runs that name a data set, or one version of it. Under the lock of the version's row none can be added meanwhile. */
export async function countRuns(tx: Executor, { id, version }: { id: string; version?: number }): Promise<number> {
  const rows = await tx
    .select({ id: run.id })
    .from(run)
    .where(and(eq(run.datasetId, id), version === undefined ? undefined : eq(run.datasetVersion, version)));
  return rows.length;
}

export const usedBy = (count: number): string => (count === 1 ? '1 run uses it' : `${count} runs use it`);
