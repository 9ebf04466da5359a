import { z } from 'zod';
import { ingestOptions } from './datasets.ts';
import { line } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';

/**
 * Uploading an archive in parts, straight to the storage: POST datasets/:id/uploads; then, as often as wanted and in any order,
 * POST uploads/:id/parts for addresses and PUT to them (with Content-MD5 the storage refuses a part that was damaged on the way);
 * GET uploads/:id says what has arrived, GET uploads which uploads there are, to go on after a break; POST uploads/:id/complete
 * makes a version of it, DELETE uploads/:id drops it.
 */

export const maxUploadBytes = 20 * 2 ** 30;

/** Body of POST /v1/datasets/:id/uploads. */
export const createUploadRequest = z.strictObject({
  /** For people, and told by its ending which kind of archive it should be; the content decides. */
  fileName: line(255).min(1),
  bytes: byteCount.min(1).max(maxUploadBytes),
  /** Checked by the worker. May come with `complete` instead, for who hashes while sending. */
  sha256: sha256.optional(),
  options: ingestOptions.prefault({}),
});

/** Numbers from 1. */
const partNumber = z.number().int().min(1).max(10_000);

/** Body of POST /v1/uploads/:id/parts. */
export const partsRequest = z.strictObject({ parts: z.array(partNumber).min(1).max(100) });
/** PUT the bytes of each part to its url before `expiresAt`; ask again afterwards. */
export const partsReply = z.object({
  parts: z.array(z.object({ part: partNumber, offset: byteCount, bytes: byteCount, url: z.url() })),
  expiresAt: z.iso.datetime(),
});
export type PartsReply = z.infer<typeof partsReply>;

/** Body of POST /v1/uploads/:id/complete. The reply is the new `datasetVersion`. */
export const completeUploadRequest = z.strictObject({ sha256: sha256.optional() });

export const uploadStatus = z.enum(['open', 'completing', 'completed', 'dropped']);
export type UploadStatus = z.infer<typeof uploadStatus>;

export const upload = z.object({
  id: z.string(),
  dataset: z.string(),
  datasetName: z.string(),
  fileName: z.string(),
  bytes: byteCount,
  sha256: sha256.nullable(),
  options: ingestOptions,
  /** All parts have this size but the last. */
  partBytes: z.number().int().positive(),
  partCount: z.number().int().positive(),
  status: uploadStatus,
  /** Numbers of the parts that the storage has, rising. */
  received: z.array(partNumber),
  /** The version that was made of it. */
  version: z.number().int().positive().nullable(),
  createdAt: z.iso.datetime(),
  /** When it will be swept away unless parts are asked for again. */
  expiresAt: z.iso.datetime(),
});
export type Upload = z.infer<typeof upload>;
