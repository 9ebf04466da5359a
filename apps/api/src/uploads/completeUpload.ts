import type { DatasetVersion } from '@thaw/contract/datasets';
import type { completeUploadRequest } from '@thaw/contract/uploads';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { removal } from '@thaw/db/schema/removal';
import { upload, type UploadRow } from '@thaw/db/schema/upload';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { addVersion } from '../datasets/addVersion.ts';
import { lockOwnDataset } from '../datasets/findDataset.ts';
import { presentVersion } from '../datasets/presentVersion.ts';
import { conflict } from '../errors.ts';
import { lockOwner, requireRoomForBytes } from '../quotas/requireRoom.ts';
import { lockUpload, type UploadInput } from './findUpload.ts';
import { missingParts } from './planParts.ts';
import { storedParts } from './storedParts.ts';

/**
 * Makes one object of the parts and has it imported as the next version of the data set. Its size is checked here; its SHA-256, which
 * would mean reading 20 GB, by the worker that reads it anyway. However often it is called, one version comes of it.
 */
export async function completeUpload(ctx: Context, { id, sha256 }: UploadInput & z.infer<typeof completeUploadRequest>): Promise<DatasetVersion> {
  const row = await begin(ctx, id, sha256);
  const version = row.version ?? (await finish(ctx, await join(ctx, row)));
  const [made] = await ctx.db.select().from(datasetVersion).where(and(eq(datasetVersion.datasetId, row.datasetId), eq(datasetVersion.version, version)));
  if (made === undefined) throw conflict('The version that was made of this upload has been deleted. Begin a new upload.');
  return presentVersion(ctx.db, ctx.storage, made);
}

/** From here on no parts are taken. A completion that was cut off before is simply gone through again. */
const begin = (ctx: Context, id: string, sha256: string | undefined): Promise<UploadRow> =>
  ctx.db.transaction(async (tx) => {
    await lockOwner(tx, ctx);
    const row = await lockUpload(tx, ctx.caller, id);
    if (sha256 !== undefined && row.sha256 !== null && sha256 !== row.sha256) throw conflict('The upload began with another SHA-256. Drop it and begin a new one for another file.');
    if (row.status === 'dropped') throw dropped();
    if (row.status === 'completed') return row;
    // Its bytes count since it began; since then the limit may have fallen.
    await requireRoomForBytes(tx, ctx, { more: 0, what: null });
    const changes = { status: 'completing', sha256: sha256 ?? row.sha256, touchedAt: sql`now()` } as const;
    await tx.update(upload).set(changes).where(eq(upload.id, id));
    return { ...row, sha256: changes.sha256 };
  });

const dropped = () => conflict('The upload has been dropped, or the storage has cleared it away. Begin a new one.');

/** @throws conflict where parts are missing; the upload is then open again */
async function join(ctx: Context, row: UploadRow): Promise<UploadRow> {
  const { db, storage } = ctx;
  const { parts, whole, gone } = await storedParts(ctx, row);
  if (gone) throw dropped();
  if (!whole) {
    const missing = missingParts(row, parts);
    if (missing.length > 0) {
      await db.update(upload).set({ status: 'open' }).where(and(eq(upload.id, row.id), eq(upload.status, 'completing')));
      throw conflict(`${describeParts(missing)} missing. Send ${missing.length === 1 ? 'it' : 'them'} and complete the upload again.`);
    }
    // False: a completion beside this one was quicker. Either way the size decides.
    await storage.completeMultipart(row.key, row.storageUploadId, parts);
  }
  const stored = await storage.size(row.key);
  if (stored === row.bytes) return row;
  throw conflict(`The storage has ${stored ?? 'no'} bytes of the file instead of ${row.bytes}. Drop the upload and begin a new one.`);
}

async function finish({ db, caller }: Context, { id, datasetId, options, key }: UploadRow): Promise<number> {
  const version = await db.transaction(async (tx) => {
    await lockOwner(tx, { caller });
    await lockOwnDataset(tx, caller, datasetId);
    const now = await lockUpload(tx, caller, id);
    if (now.version !== null) return now.version;
    if (now.status === 'dropped') {
      // Dropped while the parts were being joined: what came of them goes too.
      await tx.insert(removal).values({ prefix: key });
      return null;
    }
    const made = await addVersion(tx, { datasetId, source: { kind: 'upload', upload: id }, options });
    await tx.update(upload).set({ status: 'completed', version: made.version, finishedAt: sql`now()` }).where(eq(upload.id, id));
    return made.version;
  });
  if (version === null) throw dropped();
  return version;
}

/** Such as `Parts 3, 7 and 20 more are`. */
function describeParts(missing: readonly number[]): string {
  if (missing.length === 1) return `Part ${missing[0]} is`;
  const shown = missing.slice(0, 10);
  const more = missing.length - shown.length;
  return more > 0 ? `Parts ${shown.join(', ')} and ${more} more are` : `Parts ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)} are`;
}
