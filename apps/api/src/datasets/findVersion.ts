import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { and, desc, eq } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { visibleDatasets } from './findDataset.ts';
import { withoutSource } from './versionFacts.ts';

export interface VersionInput {
  id: string;
  version: number;
}

/** A version of a data set that the caller may see. @throws not-found */
export async function findVersion(db: Executor, caller: OwnerCaller, { id, version }: VersionInput): Promise<DatasetVersionRow> {
  const [found] = canBeId(id)
    ? await db
        .select({ row: datasetVersion })
        .from(datasetVersion)
        .innerJoin(dataset, eq(dataset.id, datasetVersion.datasetId))
        .where(and(isVersion(id, version), visibleDatasets(caller)))
    : [];
  if (found === undefined) throw notFound(`version ${version} of a data set with this id`);
  return found.row;
}

/** The version that was asked for, or the newest that is ready where none was. @throws not-found */
export async function findReadyVersion(db: Executor, caller: OwnerCaller, { id, version }: { id: string; version?: number | undefined }) {
  const [newest] = canBeId(id)
    ? await db
        .select({ row: withoutSource })
        .from(datasetVersion)
        .innerJoin(dataset, eq(dataset.id, datasetVersion.datasetId))
        .where(and(version === undefined ? eq(datasetVersion.datasetId, id) : isVersion(id, version), eq(datasetVersion.status, 'ready'), visibleDatasets(caller)))
        .orderBy(desc(datasetVersion.version))
        .limit(1)
    : [];
  const manifest = newest?.row.manifest ?? null;
  if (newest === undefined || manifest === null) throw notFound(version === undefined ? 'ready version of a data set with this id' : `ready version ${version} of a data set with this id`);
  return { ...newest.row, manifest };
}

/** A version whose data set the transaction has locked, locked too. @throws not-found */
export async function lockVersion(tx: Executor, { id, version }: VersionInput): Promise<DatasetVersionRow> {
  const [row] = await tx.select().from(datasetVersion).where(isVersion(id, version)).for('update');
  if (row === undefined) throw notFound(`version ${version} of this data set`, 'GET /v1/datasets/:id/versions lists them.');
  return row;
}

/** Whether a version has not been deleted. */
export async function isThere(tx: Executor, { id, version }: VersionInput): Promise<boolean> {
  return (await tx.select({ version: datasetVersion.version }).from(datasetVersion).where(isVersion(id, version))).length > 0;
}
