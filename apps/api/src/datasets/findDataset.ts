import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { and, desc, eq, inArray, isNull, or } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { withoutSource, type VersionFacts } from './versionFacts.ts';

export type DatasetRow = typeof dataset.$inferSelect;

export interface FoundDataset {
  row: DatasetRow;
  /** Newest version that is ready. */
  ready: VersionFacts | null;
  /** Newest version of all. */
  latest: VersionFacts | null;
}

/** Data sets that the caller may see: built-in ones and the caller's own. */
export const visibleDatasets = (caller: OwnerCaller) => or(isNull(dataset.ownerId), eq(dataset.ownerId, caller.userId));

/** A data set that the caller may see, with its newest versions, or null. */
export async function findDataset(db: Executor, caller: OwnerCaller, id: string): Promise<FoundDataset | null> {
  if (!canBeId(id)) return null;
  const rows = await db.select().from(dataset).where(and(eq(dataset.id, id), visibleDatasets(caller)));
  const [found] = await withVersions(db, rows);
  return found ?? null;
}

/** A data set of the caller's own, locked until the transaction ends. @throws not-found also where it is someone else's or built in */
export async function lockOwnDataset(tx: Executor, caller: OwnerCaller, id: string): Promise<DatasetRow> {
  const [row] = canBeId(id)
    ? await tx.select().from(dataset).where(and(eq(dataset.id, id), eq(dataset.ownerId, caller.userId))).for('update')
    : [];
  if (row === undefined) throw notFound('data set of yours with this id');
  return row;
}

/** Puts the newest versions beside data sets, in their order. */
export async function withVersions(db: Executor, rows: readonly DatasetRow[]): Promise<FoundDataset[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const newest = async (ready: boolean): Promise<Map<string, VersionFacts>> => {
    const versions = await db
      .selectDistinctOn([datasetVersion.datasetId], withoutSource)
      .from(datasetVersion)
      .where(and(inArray(datasetVersion.datasetId, ids), ready ? eq(datasetVersion.status, 'ready') : undefined))
      .orderBy(datasetVersion.datasetId, desc(datasetVersion.version));
    return new Map(versions.map((version) => [version.datasetId, version]));
  };
  const [latest, ready] = [await newest(false), await newest(true)];
  return rows.map((row) => ({ row, ready: ready.get(row.id) ?? null, latest: latest.get(row.id) ?? null }));
}
