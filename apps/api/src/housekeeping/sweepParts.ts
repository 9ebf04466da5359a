import { ownerOfKey, sweptPrefixes } from '@thaw/contract/storageKeys';
import { dataset } from '@thaw/db/schema/dataset';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { upload } from '@thaw/db/schema/upload';
import { and, inArray, isNull } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import type { UploadMarker } from '../storage/listing.ts';
import { PartlyDone } from './partlyDone.ts';
import { deletedHere, strayHours } from './strays.ts';
import { momentHoursAgo } from './sweepStrays.ts';

type SweepContext = Pick<Context<SystemCaller>, 'db' | 'storage' | 'log'>;

const pages = 10;

/**
 * Drops multipart uploads that began a day ago and that neither an open upload nor an import under way names: their parts take room that
 * no list of objects shows. @returns how many. @throws PartlyDone where some are still there
 */
export async function sweepParts(ctx: SweepContext, { pageSize = 1000 }: { pageSize?: number } = {}): Promise<number> {
  const { storage, log } = ctx;
  let swept = 0;
  const failures: unknown[] = [];
  for (const prefix of sweptPrefixes)
    for (let [after, page]: [UploadMarker | null, number] = [null, 0]; page < pages; page++) {
      const { uploads, next } = await storage.listUploads(prefix, after, pageSize);
      const before = await momentHoursAgo(ctx, strayHours);
      const old = uploads.filter(({ at }) => at < before);
      const [ours, named] = await Promise.all([ownersHere(ctx, old.map(({ key }) => key)), namedUploads(ctx, old.map(({ uploadId }) => uploadId))]);
      for (const { key, uploadId } of old) {
        if (named.has(uploadId) || !ours.has(ownerOfKey(key)?.id ?? '')) continue;
        try {
          await storage.dropMultipart(key, uploadId);
          swept++;
        } catch (error) {
          log.warn({ err: error, key }, 'parts of an upload that nothing names are still in the storage; trying again later');
          failures.push(error);
        }
      }
      if (next === null) break;
      after = next;
    }
  if (failures.length > 0) throw new PartlyDone({ swept, failed: failures.length, cause: failures[0] });
  return swept;
}

/** Data sets that are here or were. */
async function ownersHere({ db }: SweepContext, keys: readonly string[]): Promise<Set<string>> {
  const ids = [...new Set(keys.flatMap((key) => ownerOfKey(key)?.id ?? []))];
  const rows = await db.select({ id: dataset.id }).from(dataset).where(inArray(dataset.id, ids));
  return new Set([...rows.map(({ id }) => id), ...(await deletedHere(db, ids))]);
}

async function namedUploads({ db }: SweepContext, ids: readonly string[]): Promise<Set<string>> {
  const open = await db
    .select({ id: upload.storageUploadId })
    .from(upload)
    .where(and(inArray(upload.storageUploadId, [...ids]), inArray(upload.status, ['open', 'completing'])));
  const importing = await db.select({ places: ingestAttempt.places }).from(ingestAttempt).where(isNull(ingestAttempt.finishedAt));
  return new Set([...open.map(({ id }) => id), ...importing.flatMap(({ places }) => places.flatMap(({ storageUploadId }) => storageUploadId ?? []))]);
}
