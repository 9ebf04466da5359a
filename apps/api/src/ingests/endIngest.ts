import { ingestFileKey } from '@thaw/contract/storageKeys';
import { ingestFailurePolicies, type IngestFailureCode } from '@thaw/contract/ingestFailures';
import type { Executor } from '@thaw/db/client';
import type { DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { removal } from '@thaw/db/schema/removal';
import { upload } from '@thaw/db/schema/upload';
import { and, eq, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import type { VersionFacts } from '../datasets/versionFacts.ts';
import { afterAttempt, type AttemptEnd } from '../work/afterAttempt.ts';
import { ingestPolicy } from './ingestPolicy.ts';
import { isIngestAttempt } from './isIngestAttempt.ts';
import { moveVersion } from './moveVersion.ts';

/** Until then an attempt that has lost its version may still be writing to places that it was given. */
export const lateWriteSeconds = 2 * 3600;

/** Ends the current attempt at an import whose row the transaction has locked, without a result, and moves the version on. */
export async function endIngest(
  tx: Executor,
  row: VersionFacts,
  { outcome, failure }: Pick<AttemptEnd<IngestFailureCode>, 'outcome' | 'failure'>,
): Promise<DatasetVersionRow['status']> {
  const [ended] = await tx
    .update(ingestAttempt)
    .set({ outcome, failure, finishedAt: sql`now()` })
    .where(isIngestAttempt(row))
    .returning({ places: ingestAttempt.places });
  for (const { key, storageUploadId } of ended?.places ?? [])
    if (storageUploadId !== null) await tx.insert(removal).values({ prefix: key, storageUploadId });
  if ((ended?.places.length ?? 0) > 0)
    await tx.insert(removal).values({ prefix: ingestFileKey(row.datasetId, row.version, row.attempt, ''), dueAt: secondsFromNow(lateWriteSeconds) });
  const next = afterAttempt(ingestPolicy, { outcome, failure, stopRequested: row.stopRequestedAt !== null, progressed: false, inVain: row.attemptsInVain });
  await moveVersion(tx, row, next);
  // An archive that cannot be imported is of no more use; one that came to grief by our fault may be tried again.
  const hopeless = next.failure !== null && !ingestFailurePolicies[next.failure.code].retry;
  if (next.status === 'cancelled' || hopeless) await dropArchive(tx, row);
  return next.status;
}

/** Has the archive of a version removed from the storage, where it was made of one. */
export async function dropArchive(tx: Executor, { datasetId, version }: Pick<DatasetVersionRow, 'datasetId' | 'version'>): Promise<void> {
  const [file] = await tx.select({ key: upload.key }).from(upload).where(and(eq(upload.datasetId, datasetId), eq(upload.version, version)));
  if (file !== undefined) await tx.insert(removal).values({ prefix: file.key });
}
