import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { upload, type UploadRow } from '@thaw/db/schema/upload';
import { and, eq, inArray } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';

export interface UploadInput {
  id: string;
}

/** An upload and the name of the data set that it goes into. */
export interface FoundUpload {
  row: UploadRow;
  datasetName: string;
}

export const ofOwner = (caller: OwnerCaller) => eq(dataset.ownerId, caller.userId);

/** Of these uploads parts may still be on their way, or in the storage unfinished. */
export const isUnderWay = inArray(upload.status, ['open', 'completing']);

/** @throws not-found also where the upload is someone else's */
export async function findUpload(db: Executor, caller: OwnerCaller, id: string): Promise<FoundUpload> {
  const select = db.select({ row: upload, datasetName: dataset.name }).from(upload).innerJoin(dataset, eq(dataset.id, upload.datasetId));
  const [found] = canBeId(id) ? await select.where(and(eq(upload.id, id), ofOwner(caller))) : [];
  if (found === undefined) throw notFound('upload with this id');
  return found;
}

/** The same, and nobody else changes the upload until the transaction ends. */
export async function lockUpload(tx: Executor, caller: OwnerCaller, id: string): Promise<UploadRow> {
  const select = tx.select({ row: upload }).from(upload).innerJoin(dataset, eq(dataset.id, upload.datasetId));
  const [found] = canBeId(id) ? await select.where(and(eq(upload.id, id), ofOwner(caller))).for('update', { of: upload }) : [];
  if (found === undefined) throw notFound('upload with this id');
  return found.row;
}
