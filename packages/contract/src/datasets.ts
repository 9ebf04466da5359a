import { z } from 'zod';
import { byteCount, sha256 } from './numbers.ts';

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
  report: z.array(z.object({ code: z.string(), severity: z.enum(['info', 'warning', 'error']), count: z.number().int() })),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;

/** A data set as the API shows it. `owner` null: built in, seen by everyone. */
export const dataset = z.object({
  id: z.string(),
  name: z.string(),
  builtIn: z.boolean(),
  createdAt: z.iso.datetime(),
  /** Newest version that may be used; null while there is none. */
  version: z.number().int().positive().nullable(),
  classes: z.array(z.object({ name: z.string(), count: z.number().int() })),
  splits: z.array(z.object({ split, images: z.number().int() })),
});
export type Dataset = z.infer<typeof dataset>;
