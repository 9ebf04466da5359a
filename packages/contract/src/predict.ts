import { z } from 'zod';

/** Of a picture sent to POST /v1/runs/:id/predict: bytes of its file, and pixels before it is scaled. */
export const maxPictureBytes = 20 * 2 ** 20;
export const maxPicturePixels = 50_000_000;

/** How many of the likeliest classes are named. */
export const predictedClasses = 5;

/** The likeliest classes, falling; all of them where there are no more than five. Probabilities are those of all classes. */
const predictions = z.array(z.object({ class: z.string(), index: z.number().int(), probability: z.number() })).max(predictedClasses);

/** What a run's network says about a picture. */
export const prediction = z.object({
  run: z.string(),
  /** Of the checkpoint that was asked. */
  epoch: z.number().int(),
  predictions,
  /** What the network said before any training; null where that is not there (yet): ask again in a moment. */
  untuned: z.object({ epoch: z.literal(0), predictions }).nullable(),
  /** The picture's, upright. */
  width: z.number().int(),
  height: z.number().int(),
  /** For decoding and the networks, without waiting for a turn. */
  milliseconds: z.number(),
});
export type Prediction = z.infer<typeof prediction>;
