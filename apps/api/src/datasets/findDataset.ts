import type { DatasetManifest } from '@thaw/contract/datasets';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { and, desc, eq, isNull, or } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { canBeId } from '../ids.ts';

export interface FoundDataset {
  id: string;
  name: string;
  ownerId: string | null;
  createdAt: Date;
  manifest: DatasetManifest | null;
}

/** Data sets that the caller may see: built-in ones and the caller's own. */
export const visibleDatasets = (caller: OwnerCaller) => or(isNull(dataset.ownerId), eq(dataset.ownerId, caller.userId));

/** A data set that the caller may see with its newest version, or null. */
export async function findDataset(db: Executor, caller: OwnerCaller, id: string): Promise<FoundDataset | null> {
  if (!canBeId(id)) return null;
  const [found] = await db
    .select({ id: dataset.id, name: dataset.name, ownerId: dataset.ownerId, createdAt: dataset.createdAt, manifest: datasetVersion.manifest })
    .from(dataset)
    .leftJoin(datasetVersion, eq(datasetVersion.datasetId, dataset.id))
    .where(and(eq(dataset.id, id), visibleDatasets(caller)))
    .orderBy(desc(datasetVersion.version))
    .limit(1);
  return found ?? null;
}
