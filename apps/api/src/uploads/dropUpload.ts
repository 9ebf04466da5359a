import type { Executor } from '@thaw/db/client';
import { removal } from '@thaw/db/schema/removal';
import { upload, type UploadRow } from '@thaw/db/schema/upload';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { lockUpload, type UploadInput } from './findUpload.ts';

/** Gives an upload up: its parts go. Doing it twice is no error. */
export async function dropUpload({ db, storage, caller, log }: Context, { id }: UploadInput): Promise<void> {
  const row = await db.transaction(async (tx) => {
    const found = await lockUpload(tx, caller, id);
    if (found.status === 'completed') throw conflict(`The upload is complete: version ${found.version} of the data set came of it. Delete the data set instead.`);
    if (found.status === 'dropped') return null;
    await markDropped(tx, found);
    return found;
  });
  if (row === null) return;
  // At once where the storage answers; else the sweep does it.
  await storage.dropMultipart(row.key, row.storageUploadId).catch((err: unknown) => log.warn({ err, upload: id }, 'parts of a dropped upload are left for the sweep'));
}

/** Drops an upload in the database, and has the sweep remove its parts, and the object if one was made of them just now. */
export async function markDropped(tx: Executor, { id, key, storageUploadId }: UploadRow): Promise<void> {
  await tx.update(upload).set({ status: 'dropped', finishedAt: sql`now()` }).where(eq(upload.id, id));
  await tx.insert(removal).values([{ prefix: key, storageUploadId }, { prefix: key }]);
}
