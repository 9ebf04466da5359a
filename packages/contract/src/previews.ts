import { z } from 'zod';
import { taskFailureCode } from './taskFailures.ts';
import { taskStatus } from './taskStatus.ts';

/** Rows and columns of a preview at most: at 256 pixels it has ten million. */
const most = 12;

/**
 * Body of POST /v1/previews: what the augmentation of a recipe makes of its training images. `spec` is that of a run, with any field
 * left out.
 */
export const createPreviewRequest = z.strictObject({
  spec: z.looseObject({}).default({}),
  /** Of each class the first image, then the second... */
  images: z.number().int().min(1).max(most).default(8),
  /** Epochs, from the first on. */
  draws: z.number().int().min(1).max(most).default(7),
});

/** An image that a preview shows: its row in the train pack and the name of its class. */
export const shownImage = z.object({ index: z.number().int().nonnegative(), class: z.string().max(1000) });

/** A preview as the API shows it. */
export const preview = z.object({
  id: z.string(),
  status: taskStatus,
  failure: z.object({ code: taskFailureCode, message: z.string() }).nullable(),
  dataset: z.object({ id: z.string(), version: z.number().int() }),
  draws: z.number().int(),
  /** A row of the picture each: as it is, then as the network sees it in epochs 1, 2, ... Empty until it has succeeded. */
  images: z.array(shownImage),
  /** A path of this API (PNG), and its size in pixels; null until it has succeeded. */
  picture: z.object({ path: z.string(), width: z.number().int(), height: z.number().int() }).nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type Preview = z.infer<typeof preview>;
