import type { Executor } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { and, eq } from 'drizzle-orm';
import type { IngestCaller } from '../context.ts';
import { withoutSource, type VersionFacts } from '../datasets/versionFacts.ts';
import { staleAttempt } from '../errors.ts';

export const isVersion = (datasetId: string, version: number) => and(eq(datasetVersion.datasetId, datasetId), eq(datasetVersion.version, version));

/** Fencing, as for runs: a call counts only while its attempt is the current one of a version that is being imported. */
export const isCurrent = (caller: IngestCaller) =>
  and(isVersion(caller.datasetId, caller.version), eq(datasetVersion.status, 'importing'), eq(datasetVersion.attempt, caller.attempt));

/** The attempt that a call names must be the one that its token is for. @throws stale-attempt */
export function checkIngestAttempt(caller: IngestCaller, attempt: number): void {
  if (attempt !== caller.attempt) throw staleAttempt();
}

/** The version, locked until the transaction ends, so that what follows in it is fenced too. @throws stale-attempt */
export async function lockCurrentVersion(tx: Executor, caller: IngestCaller): Promise<VersionFacts> {
  const [row] = await tx.select(withoutSource).from(datasetVersion).where(isCurrent(caller)).for('update');
  if (row === undefined) throw staleAttempt();
  return row;
}

/** The same question without a lock: to answer early, before slow work whose result is checked again. @throws stale-attempt */
export async function requireCurrentVersion(db: Executor, caller: IngestCaller, attempt: number): Promise<void> {
  checkIngestAttempt(caller, attempt);
  const [row] = await db.select({ attempt: datasetVersion.attempt }).from(datasetVersion).where(isCurrent(caller));
  if (row === undefined) throw staleAttempt();
}
