import { z } from 'zod';
import { split } from './datasets.ts';
import { panelEvent } from './events.ts';
import { metricNumber, sha256 } from './numbers.ts';

/**
 * evaluation.json: how good a checkpoint is on a part of its data set. The trainer writes one when it has succeeded, of the best
 * checkpoint; where the monitor is `test` of the last one, since choosing the best epoch by the very images that judge it would
 * flatter. Fractions are between 0 and 1, losses means over images in nats, indices those of the part's pack or file.
 */

/** Of calibration, as in Guo et al. 2017 (arXiv:1706.04599). */
export const calibrationBins = 15;
export const mostMistakes = 50;
/** An evaluation.json above this is not taken: 1,000 classes and the panels of 100 epochs have room. */
export const maxEvaluationBytes = 32 * 2 ** 20;
/** Up to this many classes the five likeliest are all of them: there is no top-5. */
export const topFive = 5;

const count = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);

/** null where it is 0/0: precision of a class that was never predicted, recall of one that has no image, F1 where neither has any. */
const classFigures = z.object({
  name: z.string(),
  /** Images of this class, and images that were taken for it. */
  support: count,
  predicted: count,
  precision: fraction.nullable(),
  recall: fraction.nullable(),
  f1: fraction.nullable(),
});

/** Images whose confidence (the largest probability) is above `lower` and at most `upper`; null where there is none. */
const reliabilityBin = z.object({
  lower: fraction,
  upper: fraction,
  images: count,
  accuracy: fraction.nullable(),
  /** Mean. */
  confidence: fraction.nullable(),
});

export const evaluation = z
  .object({
    format: z.literal('thaw-evaluation-1'),
    evaluated: z.object({
      part: split,
      images: z.number().int().positive(),
      /** What the checkpoint stands for, and the SHA-256 of its model.safetensors. */
      epoch: count,
      step: count,
      checkpoint: sha256,
      /** The part that the run's learning rate and best epoch went by: where it is the one evaluated, the figures are somewhat too good. */
      monitor: z.enum(['test', 'val']),
    }),
    /** Cross-entropy without label smoothing. */
    loss: metricNumber,
    /** Part of the images whose label is the likeliest class, or among the five likeliest. Of equal classes the first counts as likelier. */
    top1: fraction,
    top5: fraction.nullable(),
    /** Images by their class (row) and the predicted one (column), in the order of `classes`. */
    confusion: z.array(z.array(count).max(1000)).min(1).max(1000),
    classes: z.array(classFigures).min(1).max(1000),
    /** Plain means over the classes that occur or were predicted, null counting as 0: scikit-learn's macro averages. */
    macro: z.object({ precision: fraction, recall: fraction, f1: fraction }),
    calibration: z.object({
      /** Expected calibration error: the mean of |accuracy - confidence| over the bins, weighted by their images. */
      ece: metricNumber,
      bins: z.array(reliabilityBin).length(calibrationBins),
    }),
    /** The wrong predictions with the largest probability, falling. */
    mistakes: z
      .array(z.object({ index: count, label: count, predicted: count, probability: metricNumber, labelProbability: metricNumber }))
      .max(mostMistakes),
    /** A few fixed images at epoch 0 (before any training) and after every epoch; only as evaluated where the checkpoint alone is known. */
    panel: z.array(panelEvent.pick({ epoch: true, images: true })).max(1001),
  })
  .superRefine(({ confusion, classes, evaluated }, context) => {
    const square = confusion.length === classes.length && confusion.every((row) => row.length === classes.length);
    const total = confusion.flat().reduce((sum, images) => sum + images, 0);
    if (square && total === evaluated.images) return;
    context.addIssue({ code: 'custom', path: ['confusion'], message: `must be square over the ${classes.length} classes and count all ${evaluated.images} images` });
  });
export type Evaluation = z.infer<typeof evaluation>;
