import { z } from 'zod';
import { datasetEdits, datasetManifest, imageRow, ingestOptions, ingestProgress, quarantinedFile, split, versionNumber } from './datasets.ts';
import { ingestFailureCode } from './ingestFailures.ts';
import { line } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';
import { remoteFile } from './worker.ts';

/**
 * The protocol between an ingest worker and the API (/worker/v1/ingests), on the model of that for runs: a worker token to
 * claim; then the attempt token of the ticket and the attempt's number with every call, refused with `stale-attempt` once the
 * import has ended or gone on elsewhere.
 */

/** Paths after the API's own address; all are POST. Dataset and version go in as they stand in the ticket. */
export const ingestPaths = {
  /** Answers a ticket, or 204 when no import waits. */
  claim: '/worker/v1/ingests/claim',
  ofVersion: (dataset: string, version: number, call: 'source' | 'heartbeat' | 'images' | 'uploads' | 'finish'): string =>
    `/worker/v1/ingests/${encodeURIComponent(dataset)}/${version}/${call}`,
} as const;

/** A version to import, written `dataset/version` in THAW_INGEST. */
export const ingestTarget = z.strictObject({ dataset: z.string().max(64), version: versionNumber });
export type IngestTarget = z.infer<typeof ingestTarget>;

export const ingestClaimRequest = z.strictObject({
  worker: z.object({ name: line(200).min(1), device: z.object({ type: z.enum(['cpu', 'gpu']), name: line(200) }) }),
  /** Claim this one only (a worker that was launched for it). */
  ingest: ingestTarget.optional(),
});

/** What an import may take at most; beyond it the import fails with `archive_too_large`, or the one file is quarantined. */
export const ingestLimits = z.object({
  entries: z.number().int(),
  images: z.number().int(),
  classes: z.number().int(),
  /** Unpacked, of all entries and of one. */
  bytes: z.number().int(),
  entryBytes: z.number().int(),
  /** Unpacked to packed bytes, of the whole archive and judged only above 100 MB unpacked. */
  ratio: z.number(),
  /** Of one image. */
  pixels: z.number().int(),
  secondsPerImage: z.number(),
});
export type IngestLimits = z.infer<typeof ingestLimits>;

export const defaultIngestLimits: IngestLimits = {
  entries: 2_000_000,
  images: 1_000_000,
  classes: 1000,
  bytes: 100 * 2 ** 30,
  entryBytes: 256 * 2 ** 20,
  ratio: 100,
  pixels: 50_000_000,
  secondsPerImage: 30,
};

/** Where the images come from. `sha256` null: nobody knows it, and the size alone is checked. */
export const ingestSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('upload'), name: z.string(), bytes: byteCount, sha256: sha256.nullable(), url: z.url() }),
  z.object({
    kind: z.literal('edit'),
    manifest: datasetManifest,
    packs: z.array(remoteFile.extend({ split })),
    /** images.ndjson */
    images: remoteFile,
    edits: datasetEdits,
  }),
]);
export type IngestSource = z.infer<typeof ingestSource>;

export const ingestTicket = z.object({
  dataset: z.string(),
  version: z.number().int().positive(),
  attempt: z.number().int().positive(),
  attemptToken: z.string(),
  leaseSeconds: z.number().positive(),
  heartbeatSeconds: z.number().positive(),
  /** Of the data set, for people. */
  name: z.string(),
  source: ingestSource,
  options: ingestOptions,
  limits: ingestLimits,
});
export type IngestTicket = z.infer<typeof ingestTicket>;

const attempt = z.number().int().positive();

/** Asks for fresh addresses: those of the ticket work for an hour. The reply is an `ingestSource`. */
export const sourceRequest = z.strictObject({ attempt });

/** The reply is a `heartbeatReply` of worker.ts: whether to go on. */
export const ingestHeartbeatRequest = z.strictObject({ attempt, progress: ingestProgress });

/** Rows for browsing, in batches counted from 0 within the attempt; a batch posted twice counts once. */
export const imagesRequest = z.strictObject({
  attempt,
  seq: z.number().int().nonnegative(),
  images: z.array(imageRow).max(2000),
  quarantined: z.array(quarantinedFile).max(2000),
});

/** The manifest itself travels in `finish`; the API stores it. */
export const ingestFileName = z.enum(['train.safetensors', 'val.safetensors', 'test.safetensors', 'images.ndjson']);
export type IngestFileName = z.infer<typeof ingestFileName>;

export const ingestUploadRequest = z.strictObject({ attempt, name: ingestFileName, bytes: byteCount.min(1) });
/** PUT bytes `offset` to `offset + bytes` of the file to each url. A call with the same name begins anew. */
export const ingestUploadReply = z.object({
  key: z.string(),
  parts: z.array(z.object({ offset: byteCount, bytes: byteCount, url: z.url() })).min(1),
});

export const ingestFinishRequest = z.strictObject({
  attempt,
  outcome: z.discriminatedUnion('status', [
    z.strictObject({
      status: z.literal('ready'),
      /** Its packs carry the keys that were given out. */
      manifest: datasetManifest,
      images: z.strictObject({ key: z.string().max(512), bytes: byteCount, sha256 }),
      quarantined: z.number().int().nonnegative(),
    }),
    z.strictObject({ status: z.literal('failed'), code: ingestFailureCode, message: z.string().max(10_000) }),
    /** Asked to stop, by the heartbeat's reply (the version is cancelled) or by a signal (it waits for another worker). */
    z.strictObject({ status: z.literal('stopped') }),
  ]),
});
