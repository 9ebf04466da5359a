import { upload, type UploadRow } from '@thaw/db/schema/upload';
import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import type { StoredPart } from '../storage/multipart.ts';
import { isUnderWay } from './findUpload.ts';
import { countParts, missingParts } from './planParts.ts';

/**
 * What the storage has of an upload under way. `whole`: the object is made already, by a completion whose answer was lost. An upload
 * that the storage has cleared away (some do after a day) is dropped here too.
 */
export async function storedParts({ db, storage }: Pick<Context, 'db' | 'storage'>, row: UploadRow): Promise<{ parts: StoredPart[]; whole: boolean; gone: boolean }> {
  const parts = await storage.listParts(row.key, row.storageUploadId);
  if (parts !== null) return { parts, whole: false, gone: false };
  if ((await storage.size(row.key)) === row.bytes) return { parts: [], whole: true, gone: false };
  await db.update(upload).set({ status: 'dropped', finishedAt: sql`now()` }).where(and(eq(upload.id, row.id), isUnderWay));
  return { parts: [], whole: false, gone: true };
}

export const allParts = (row: UploadRow): number[] => Array.from({ length: countParts(row) }, (_, index) => index + 1);

/** Numbers of the parts that the storage has, rising; those of a wrong size are as good as missing. */
export function receivedParts(row: UploadRow, parts: readonly StoredPart[]): number[] {
  const missing = new Set(missingParts(row, parts));
  return allParts(row).filter((part) => !missing.has(part));
}
