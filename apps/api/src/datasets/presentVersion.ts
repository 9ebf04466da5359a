import type { DatasetVersion } from '@thaw/contract/datasets';
import type { Executor } from '@thaw/db/client';
import type { DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { upload } from '@thaw/db/schema/upload';
import { eq } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';
import { bytesOfPacks, countClasses, sizeOfImages } from './presentDataset.ts';
import type { VersionFacts } from './versionFacts.ts';

/** Whether runs may be launched on a version: it is ready, and nothing in its report is an error. */
export const isTrainable = ({ status, manifest }: Pick<DatasetVersionRow, 'status' | 'manifest'>): boolean =>
  status === 'ready' && manifest !== null && manifest.report.every(({ severity }) => severity !== 'error');

/** A version as the API shows it. */
export const presentVersion = async (db: Executor, storage: Pick<Storage, 'uri'>, row: DatasetVersionRow): Promise<DatasetVersion> => presentFacts(storage, row, await originOf(db, row));

/** The same where its origin, which never changes, is known already. */
export function presentFacts(storage: Pick<Storage, 'uri'>, row: VersionFacts, origin: DatasetVersion['origin']): DatasetVersion {
  const { manifest, manifestKey } = row;
  return {
    dataset: row.datasetId,
    version: row.version,
    status: row.status,
    trainable: isTrainable(row),
    origin,
    options: row.options,
    attempt: row.attempt,
    stopRequested: row.stopRequestedAt !== null,
    progress: row.progress,
    failure: row.failure,
    imageSize: manifest && sizeOfImages(manifest),
    bytes: manifest && bytesOfPacks(manifest),
    classes: manifest === null ? [] : countClasses(manifest),
    splits: manifest?.packs.map(({ split, images, classCounts, sha256 }) => ({ split, images, classCounts, sha256 })) ?? [],
    quarantined: row.quarantined,
    report: manifest?.report ?? [],
    manifest: manifestKey && storage.uri(manifestKey),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** Where a version comes from. */
export async function originOf(db: Executor, { source }: Pick<DatasetVersionRow, 'source'>): Promise<DatasetVersion['origin']> {
  if (source.kind === 'builtin') return source;
  if (source.kind === 'upload') {
    const [file] = await db.select({ file: upload.fileName, bytes: upload.bytes }).from(upload).where(eq(upload.id, source.upload));
    return { kind: 'upload', file: file?.file ?? '', bytes: file?.bytes ?? 0 };
  }
  const { from, remedies, edits } = source;
  const { mergeClasses, resplit } = edits;
  return { kind: 'edit', from, remedies, excluded: edits.exclude.length, relabelled: edits.relabel.length, mergeClasses, resplit };
}
