import { z } from 'zod';
import { split } from './datasets.ts';
import { metricNumber } from './numbers.ts';
import { page } from './runs.ts';

/**
 * predictions.safetensors, beside evaluation.json: what each image was taken for. Its images lie by their class, by what they were taken
 * for, and by falling probability, so that those of one cell of the confusion matrix are next to each other. Of C classes and N images:
 *
 *     offsets             I32 [C * C + 1]  images of class i taken for j are those from offsets[i * C + j] to before offsets[i * C + j + 1]
 *     indices             I32 [N]          of the part's pack or file
 *     probabilities       F32 [N]          of what it was taken for; not a number where the logits were not finite: such are last
 *     label_probabilities F32 [N]          of its own class
 */
export const predictionsFormat = 'thaw-predictions-1';
/** Of more images there is no such file. */
export const mostPredictions = 2 ** 20;
/** Of as many images, and 1,000 classes, with room for the head. */
export const maxPredictionsBytes = 12 * mostPredictions + 4 * (1000 ** 2 + 1) + 4096;

const classIndex = z.coerce.number().int().min(0).max(999);

/** Query of GET /v1/runs/:id/evaluation/pictures: a cell of the confusion matrix, by places in the list of classes. */
export const evaluationPicturesQuery = z.object({ actual: classIndex, predicted: classIndex });

export const evaluatedPicture = z.object({
  split,
  /** Its place in the part, as in GET /v1/datasets/:id/images. */
  row: z.number().int().nonnegative(),
  /** Of the class that it was taken for, and of its own. */
  probability: metricNumber,
  labelProbability: metricNumber,
  /** Paths of the picture as a PNG. */
  thumbnail: z.string(),
  image: z.string(),
});
export type EvaluatedPicture = z.infer<typeof evaluatedPicture>;

export const evaluationPictures = page(evaluatedPicture);
