import type { IngestOptions } from '@thaw/contract/datasets';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion, type DatasetVersionRow, type VersionSource } from '@thaw/db/schema/datasetVersion';
import { eq, sql } from 'drizzle-orm';
import { notify } from '../notify.ts';

export interface AddVersionInput {
  datasetId: string;
  source: VersionSource;
  options: IngestOptions;
}

/** Makes the next version of a data set, which waits to be imported. The caller has made sure that the data set may be changed. */
export async function addVersion(tx: Executor, { datasetId, source, options }: AddVersionInput): Promise<DatasetVersionRow> {
  const [next] = await tx
    .update(dataset)
    .set({ lastVersion: sql`${dataset.lastVersion} + 1` })
    .where(eq(dataset.id, datasetId))
    .returning({ version: dataset.lastVersion });
  if (next === undefined) throw new Error(`The data set ${datasetId} was there and is gone.`);
  const [row] = await tx.insert(datasetVersion).values({ datasetId, version: next.version, source, options }).returning();
  if (row === undefined) throw new Error(`A version of the data set ${datasetId} could not be made.`);
  await notify(tx, 'queue', datasetId);
  return row;
}
