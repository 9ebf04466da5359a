import type { createUploadRequest, Upload } from '@thaw/contract/uploads';
import { uploadKey } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { upload } from '@thaw/db/schema/upload';
import { and, count, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { lockOwnDataset } from '../datasets/findDataset.ts';
import { conflict } from '../errors.ts';
import { newId } from '../ids.ts';
import { formatBytes } from '../quotas/formatAmount.ts';
import { lockOwner, requireRoomForBytes } from '../quotas/requireRoom.ts';
import { isUnderWay, ofOwner } from './findUpload.ts';
import { planPartBytes } from './planParts.ts';
import { presentUpload } from './presentUpload.ts';

/** Uploads of one owner that may be under way at the same time. */
const maxUnderWay = 20;

/** Begins an upload into a data set of the caller's. */
export async function createUpload(ctx: Context, { id: datasetId, ...request }: z.infer<typeof createUploadRequest> & { id: string }): Promise<Upload> {
  const { db, storage, caller } = ctx;
  // Before the storage is asked, and again under the lock.
  await db.transaction((tx) => requireRoom(tx, ctx, datasetId, request.bytes));
  const id = newId('upload');
  const key = uploadKey(datasetId, id);
  const storageUploadId = await storage.beginMultipart(key);
  try {
    return await db.transaction(async (tx) => {
      const { name } = await requireRoom(tx, ctx, datasetId, request.bytes);
      const { fileName, bytes, sha256 = null, options } = request;
      const values = { id, datasetId, fileName, bytes, sha256, options, key, storageUploadId, partBytes: planPartBytes(bytes) };
      const [row] = await tx.insert(upload).values(values).returning();
      if (row === undefined) throw new Error('The upload could not be stored.');
      return presentUpload({ row, datasetName: name }, []);
    });
  } catch (error) {
    await storage.dropMultipart(key, storageUploadId).catch((err: unknown) => ctx.log.warn({ err, key, owner: caller.userId }, 'an upload that was not begun is left in the storage'));
    throw error;
  }
}

async function requireRoom(tx: Executor, ctx: Context, datasetId: string, bytes: number): Promise<{ name: string }> {
  const { caller } = ctx;
  // Two requests at once do not both find the last place free.
  await lockOwner(tx, ctx);
  const found = await lockOwnDataset(tx, caller, datasetId);
  const [underWay] = await tx.select({ count: count() }).from(upload).innerJoin(dataset, eq(dataset.id, upload.datasetId)).where(and(isUnderWay, ofOwner(caller)));
  if ((underWay?.count ?? 0) >= maxUnderWay)
    throw conflict(`You have ${maxUnderWay} uploads under way, which is the most at a time. Complete one, or drop one with DELETE /v1/uploads/:id; GET /v1/uploads lists them.`);
  await requireRoomForBytes(tx, ctx, { more: bytes, what: `this file has ${formatBytes(bytes)}` });
  return found;
}
