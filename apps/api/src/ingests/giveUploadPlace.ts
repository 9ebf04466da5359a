import type { ingestUploadReply, ingestUploadRequest } from '@thaw/contract/ingest';
import { ingestFileKey } from '@thaw/contract/storageKeys';
import { ingestAttempt, type GivenPlace } from '@thaw/db/schema/ingestAttempt';
import { removal } from '@thaw/db/schema/removal';
import type { z } from 'zod';
import type { Context, IngestCaller } from '../context.ts';
import { invalid, staleAttempt } from '../errors.ts';
import { importRefusal } from '../quotas/importRefusal.ts';
import { lockCurrentVersion, requireCurrentVersion } from './currentVersion.ts';
import { endIngest } from './endIngest.ts';
import { isIngestAttempt } from './isIngestAttempt.ts';

/** A file above this goes in parts of this size: one PUT takes 5 GiB at most, and a broken one begins anew. */
const defaultPartBytes = 512 * 2 ** 20;
const maxParts = 1000;

/**
 * A place for a file of this attempt. Nothing points there until the import is finished. Where its owner has no room for the file, the
 * import ends here.
 */
export async function giveUploadPlace(
  { db, storage, caller, log, settings }: Context<IngestCaller>,
  { attempt, name, bytes }: z.infer<typeof ingestUploadRequest>,
  partBytes = defaultPartBytes,
): Promise<z.infer<typeof ingestUploadReply>> {
  await requireCurrentVersion(db, caller, attempt);
  const count = Math.ceil(bytes / partBytes);
  if (count > maxParts) throw invalid([{ path: 'bytes', message: `a file of a data set has ${maxParts * partBytes} bytes at most; store smaller images, or fewer` }]);
  const key = ingestFileKey(caller.datasetId, caller.version, attempt, name);
  const storageUploadId = count === 1 ? null : await storage.beginMultipart(key);
  const note = db.transaction(async (tx) => {
    const refusal = await importRefusal(tx, { settings, caller }, { name, bytes });
    const version = await lockCurrentVersion(tx, caller);
    if (refusal !== null) {
      await endIngest(tx, version, { outcome: 'failed', failure: { code: 'quota_exceeded', message: refusal } });
      return false;
    }
    const [row] = await tx.select({ places: ingestAttempt.places }).from(ingestAttempt).where(isIngestAttempt(caller));
    const places = row?.places ?? [];
    const replaced = places.find((place) => place.name === name)?.storageUploadId ?? null;
    if (replaced !== null) await tx.insert(removal).values({ prefix: key, storageUploadId: replaced });
    const place: GivenPlace = { name, key, bytes, storageUploadId };
    await tx.update(ingestAttempt).set({ places: [...places.filter((other) => other.name !== name), place] }).where(isIngestAttempt(caller));
    return true;
  });
  const given = note.then((fits) => {
    if (!fits) throw staleAttempt();
  });
  await given.catch(async (error: unknown) => {
    // Nothing names it: the import has ended, or the database is away.
    if (storageUploadId !== null) await storage.dropMultipart(key, storageUploadId).catch((err: unknown) => log.warn({ err, key }, 'parts that nothing names are left in the storage'));
    throw error;
  });
  const parts = Array.from({ length: count }, (_, index) => ({ offset: index * partBytes, bytes: Math.min(partBytes, bytes - index * partBytes) }));
  const urlOf = (index: number, size: number) =>
    storageUploadId === null ? storage.presignPut(key, size) : storage.presignPart(key, storageUploadId, index + 1, size, 'worker');
  return { key, parts: await Promise.all(parts.map(async (part, index) => ({ ...part, url: await urlOf(index, part.bytes) }))) };
}
