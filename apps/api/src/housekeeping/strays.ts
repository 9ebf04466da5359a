import { isTerminalVersion } from '@thaw/contract/datasets';
import { exportPrefix, previewPrefix } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run } from '@thaw/db/schema/run';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { upload } from '@thaw/db/schema/upload';
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';

/** Whatever is younger may be about to be named: no address to write to works that long, and no attempt goes unheard that long. */
export const strayHours = 24;
const longAgo = sql`now() - make_interval(hours => ${strayHours})`;

/** Those of the ids that audit events say were deleted here. An id that the database has never known is someone else's, or of a time that was restored from. */
export async function deletedHere(db: Executor, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ id: auditEvent.subject })
    .from(auditEvent)
    .where(and(sql`${auditEvent.action} in ('run_deleted', 'dataset_deleted')`, inArray(auditEvent.subject, [...ids])));
  return new Set(rows.map(({ id }) => id));
}

/**
 * Those of a run's keys that no row names. None while the run goes on, or ended lately, or someone else has it. The lock keeps it from being
 * resumed for as long as the transaction lasts.
 */
export async function straysOfRun(tx: Executor, id: string, keys: readonly string[], { lock }: { lock: boolean }): Promise<string[]> {
  const ended = tx
    .select({ curves: run.curves, evaluation: run.evaluation })
    .from(run)
    .where(and(eq(run.id, id), sql`${run.finishedAt} < ${longAgo}`));
  const [row] = await (lock ? ended.for('no key update', { skipLocked: true }) : ended);
  if (row === undefined) return [];
  const kept = await tx.select({ files: checkpoint.files }).from(checkpoint).where(eq(checkpoint.runId, id));
  const tasks = await tx.select().from(task).where(eq(task.runId, id));
  const { curves, evaluation } = row;
  const files = [...kept.flatMap((one) => one.files), ...curves, ...(evaluation === null ? [] : [evaluation, ...(evaluation.predictions === undefined ? [] : [evaluation.predictions])])];
  return unnamed(keys, files.map(({ key }) => key), tasks, (one) => exportPrefix(id, one.id));
}

/** The same of a data set. None while anything of it is imported. */
export async function straysOfDataset(tx: Executor, id: string, keys: readonly string[], { lock }: { lock: boolean }): Promise<string[]> {
  const owned = tx.select({ id: dataset.id }).from(dataset).where(and(eq(dataset.id, id), isNotNull(dataset.ownerId)));
  const [row] = await (lock ? owned.for('no key update', { skipLocked: true }) : owned);
  if (row === undefined) return [];
  const versions = await tx
    .select({ version: datasetVersion.version, status: datasetVersion.status, manifestKey: datasetVersion.manifestKey, manifest: datasetVersion.manifest, images: datasetVersion.images, settled: sql<boolean>`${datasetVersion.finishedAt} < ${longAgo}` })
    .from(datasetVersion)
    .where(eq(datasetVersion.datasetId, id));
  if (versions.some(({ status, settled }) => !isTerminalVersion(status) || !settled)) return [];
  const uploads = await tx.select({ key: upload.key, status: upload.status, version: upload.version }).from(upload).where(eq(upload.datasetId, id));
  const tasks = await tx.select().from(task).where(eq(task.datasetId, id));
  // An archive is of use until it is imported; one whose import failed may be tried again.
  const failed = new Set(versions.flatMap(({ version, status }) => (status === 'failed' ? [version] : [])));
  const archives = uploads.filter(({ status, version }) => status === 'open' || status === 'completing' || (status === 'completed' && version !== null && failed.has(version)));
  const ofVersions = versions.flatMap(({ manifestKey, manifest, images }) => [manifestKey, images?.key, ...(manifest?.packs ?? []).map(({ key }) => key)]);
  return unnamed(keys, [...ofVersions, ...archives.map(({ key }) => key)], tasks, (one) => previewPrefix(id, one.datasetVersion ?? 0, one.id));
}

/** Keys that are neither named, nor of a task that is not done. */
function unnamed(keys: readonly string[], named: readonly (string | null | undefined)[], tasks: readonly TaskRow[], prefixOf: (row: TaskRow) => string): string[] {
  const kept = new Set([...named, ...tasks.flatMap(({ result }) => (result?.files ?? []).map(({ key }) => key))]);
  const underWay = tasks.filter(({ status }) => status !== 'succeeded' && status !== 'failed').map(prefixOf);
  return keys.filter((key) => !kept.has(key) && !underWay.some((prefix) => key.startsWith(prefix)));
}
