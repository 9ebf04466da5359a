import { z } from 'zod';
import { ingestFailureCode } from './ingestFailures.ts';
import { line } from './line.ts';
import { byteCount, sha256 } from './numbers.ts';
import { imageIssue, quarantineCode, remedy, reportEntry, reportFacts } from './report.ts';

export const split = z.enum(['train', 'val', 'test']);

/** One pack of a data set version: a safetensors file with `images` u8 [N,H,W,3] and `labels` i64 [N]. */
export const pack = z.object({
  split,
  key: z.string(),
  bytes: byteCount,
  sha256,
  images: z.number().int().nonnegative(),
  /** Images of each class, in the order of the classes. */
  classCounts: z.array(z.number().int().nonnegative()),
});
export type Pack = z.infer<typeof pack>;

/** A name of a class, in NFC. */
export const className = line(255).min(1);

/** manifest.json of a data set version. Classes in code-point order or, for CIFAR-10, in its published one: never re-derived. */
export const datasetManifest = z.object({
  format: z.literal('thaw-dataset-1'),
  dataset: z.string(),
  version: z.number().int().positive(),
  classes: z.array(z.string()).min(1).max(1000),
  height: z.number().int().positive(),
  width: z.number().int().positive(),
  packs: z.array(pack),
  source: z.string(),
  report: z.array(reportEntry),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;

/**
 * How an upload is turned into packs. Each may be left out.
 * - imageSize: side of the stored squares in pixels. null: 224, or the median short side of the images where that is smaller
 *   (32 at least)
 * - testFraction, seed: how a test part is drawn where the upload has none
 * - fileNames: encoding of names in a zip that does not say; `auto`: UTF-8 where all names are, else GBK where all are, else cp437
 */
export const ingestOptions = z.strictObject({
  imageSize: z.number().int().min(32).max(256).nullable().default(null),
  testFraction: z.number().min(0.05).max(0.5).default(0.2),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(0),
  fileNames: z.enum(['auto', 'utf-8', 'gb18030', 'cp437']).default('auto'),
});
export type IngestOptions = z.infer<typeof ingestOptions>;

/** An image of a version: its part and its place in that part's pack. */
export const imagePlace = z.strictObject({ split, row: z.number().int().nonnegative() });
export type ImagePlace = z.infer<typeof imagePlace>;

/** Changes that make a new version out of one. Applied in this order: exclude, relabel, merge, and the split last. */
export const datasetEdits = z.strictObject({
  exclude: z.array(imagePlace).max(2_000_000).default([]),
  /** `class`: the name of a class that the version has. */
  relabel: z.array(imagePlace.extend({ class: className })).max(2_000_000).default([]),
  mergeClasses: z.array(z.strictObject({ from: className, to: className })).max(1000).default([]),
  resplit: z.strictObject({ testFraction: ingestOptions.shape.testFraction, seed: ingestOptions.shape.seed }).nullable().default(null),
});
export type DatasetEdits = z.infer<typeof datasetEdits>;

/** PostgreSQL's integer ends there. */
export const versionNumber = z.number().int().positive().max(2 ** 31 - 1);

/** Body of POST /v1/datasets/:id/versions: remedies and edits of one version; a new version comes of it. */
export const createVersionRequest = z.strictObject({
  /** Default: the newest that is ready. */
  from: versionNumber.optional(),
  remedies: z.array(remedy).max(remedy.options.length).default([]),
  edits: datasetEdits.prefault({}),
});

export const versionStatus = z.enum(['queued', 'launching', 'importing', 'ready', 'failed', 'cancelled']);
export type VersionStatus = z.infer<typeof versionStatus>;
const terminalVersionStatuses: readonly VersionStatus[] = ['ready', 'failed', 'cancelled'];
export const isTerminalVersion = (status: VersionStatus): boolean => terminalVersionStatuses.includes(status);

export const ingestStage = z.enum(['downloading', 'reading', 'decoding', 'checking', 'writing', 'uploading']);
export const ingestProgress = z.object({
  stage: ingestStage,
  filesSeen: z.number().int().nonnegative(),
  images: z.number().int().nonnegative(),
  quarantined: z.number().int().nonnegative(),
  /** Of the archive, or of the packs that are edited. */
  bytesRead: byteCount,
  bytesTotal: byteCount,
  imagesPerSecond: z.number().nonnegative(),
  secondsLeft: z.number().nonnegative().nullable(),
});
export type IngestProgress = z.infer<typeof ingestProgress>;

const classCount = z.object({ name: z.string(), count: z.number().int() });
/** In pixels. */
const imageSize = z.object({ height: z.number().int(), width: z.number().int() });
const failure = z.object({ code: ingestFailureCode, message: z.string() });

/** Where a version comes from. */
const versionOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('upload'), file: z.string(), bytes: byteCount }),
  z.object({
    kind: z.literal('edit'),
    from: versionNumber,
    remedies: z.array(remedy),
    excluded: z.number().int(),
    relabelled: z.number().int(),
    mergeClasses: datasetEdits.shape.mergeClasses,
    resplit: datasetEdits.shape.resplit,
  }),
  z.object({ kind: z.literal('builtin') }),
]);

/** A version as the API shows it. What is known only once it is ready is empty or null before. */
export const datasetVersion = z.object({
  dataset: z.string(),
  version: versionNumber,
  status: versionStatus,
  /** Ready, and nothing in its report is an error: runs may be launched on it. */
  trainable: z.boolean(),
  origin: versionOrigin,
  options: ingestOptions,
  attempt: z.number().int(),
  stopRequested: z.boolean(),
  progress: ingestProgress.nullable(),
  failure: failure.nullable(),
  imageSize: imageSize.nullable(),
  /** Of its packs; null before it is ready. */
  bytes: byteCount.nullable(),
  classes: z.array(classCount),
  splits: z.array(z.object({ split, images: z.number().int(), classCounts: z.array(z.number().int()), sha256 })),
  quarantined: z.number().int(),
  report: z.array(reportEntry),
  manifest: z.string().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type DatasetVersion = z.infer<typeof datasetVersion>;

/** Body of POST /v1/datasets. */
export const createDatasetRequest = z.strictObject({ name: line(200, z.string().trim().min(1)) });

/** A data set as the API shows it. */
export const dataset = z.object({
  id: z.string(),
  name: z.string(),
  /** Seen by everyone, owned by no one. */
  builtIn: z.boolean(),
  createdAt: z.iso.datetime(),
  /** Newest version that is ready; null while there is none. Image size, bytes, classes, splits and report are its own. */
  version: versionNumber.nullable(),
  imageSize: imageSize.nullable(),
  /** Of its packs. */
  bytes: byteCount.nullable(),
  classes: z.array(classCount),
  splits: z.array(z.object({ split, images: z.number().int() })),
  report: z.array(reportEntry),
  /** Newest version of all and where it stands; null and `empty` before anything was uploaded. */
  latest: versionNumber.nullable(),
  status: z.union([versionStatus, z.literal('empty')]),
  progress: ingestProgress.nullable(),
  failure: failure.nullable(),
});
export type Dataset = z.infer<typeof dataset>;

/** One image of a version, as it stands in images.ndjson and travels in batches for browsing. */
export const imageRow = z.object({
  split,
  row: z.number().int().nonnegative(),
  class: className,
  /** In the upload; a longer one without its beginning. Control characters are replaced. */
  path: line(1024),
  /** Of the pixels as they are stored: the same picture has the same, whatever file it came in. */
  sha256,
  /** Perceptual hash, 16 hex digits; null where none was made. */
  phash: z.string().regex(/^[0-9a-f]{16}$/).nullable(),
  /** Of the original, upright. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  issues: z.array(imageIssue).max(imageIssue.options.length),
  /** The image that stays when duplicates or near duplicates are dropped; null where this one stays. */
  duplicateOf: imagePlace.nullable(),
});
export type ImageRow = z.infer<typeof imageRow>;

/** A file that was not taken: in images.ndjson after the images. */
export const quarantinedFile = z.object({ path: line(1024), code: quarantineCode, message: line(500), facts: reportFacts.optional() });
export type QuarantinedFile = z.infer<typeof quarantinedFile>;

/** An image as browsing shows it; `thumbnail` and `image` are paths of this API (PNG). */
export const browsedImage = imageRow.extend({ thumbnail: z.string(), image: z.string() });
