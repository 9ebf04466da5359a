import type { partsReply, partsRequest } from '@thaw/contract/uploads';
import { upload } from '@thaw/db/schema/upload';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { conflict, invalid } from '../errors.ts';
import { findUpload, type UploadInput } from './findUpload.ts';
import { countParts, placeOfPart } from './planParts.ts';

/** Addresses for some parts of an upload. Asking for them is its sign of life. */
export async function presignParts({ db, storage, caller }: Context, { id, parts }: UploadInput & z.infer<typeof partsRequest>): Promise<z.infer<typeof partsReply>> {
  const { row } = await findUpload(db, caller, id);
  const count = countParts(row);
  const faults = parts.flatMap((part, index) => (part > count ? [{ path: `parts.${index}`, message: `the upload has ${count} part${count === 1 ? '' : 's'}; ${part} is none of them` }] : []));
  if (faults.length > 0) throw invalid(faults);
  const touched = await db.update(upload).set({ touchedAt: sql`now()` }).where(and(eq(upload.id, id), eq(upload.status, 'open'))).returning({ id: upload.id });
  if (touched.length === 0) throw conflict(`The upload takes no more parts: it is ${row.status === 'open' ? 'completed or dropped' : row.status}. Begin a new one for another file.`);
  const expiresAt = new Date(Date.now() + storage.uploadSeconds * 1000).toISOString();
  const signed = [...new Set(parts)].map(async (part) => {
    const place = placeOfPart(row, part);
    return { part, ...place, url: await storage.presignPart(row.key, row.storageUploadId, part, place.bytes, 'upload') };
  });
  return { parts: await Promise.all(signed), expiresAt };
}
