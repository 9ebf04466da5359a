import type { Upload } from '@thaw/contract/uploads';
import type { Context } from '../context.ts';
import { findUpload, type FoundUpload, type UploadInput } from './findUpload.ts';
import { presentUpload } from './presentUpload.ts';
import { allParts, receivedParts, storedParts } from './storedParts.ts';

/** An upload and which of its parts have arrived, as the storage says at this moment. */
export async function getUpload(ctx: Context, { id }: UploadInput): Promise<Upload> {
  return showUpload(ctx, await findUpload(ctx.db, ctx.caller, id));
}

export async function showUpload(ctx: Context, found: FoundUpload): Promise<Upload> {
  const { row } = found;
  if (row.status === 'completed') return presentUpload(found, allParts(row));
  if (row.status === 'dropped') return presentUpload(found, []);
  const { parts, whole, gone } = await storedParts(ctx, row);
  const now = gone ? { ...found, row: { ...row, status: 'dropped' as const } } : found;
  return presentUpload(now, whole ? allParts(row) : receivedParts(row, parts));
}
