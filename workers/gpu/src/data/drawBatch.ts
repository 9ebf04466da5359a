import type { RunSpec } from '@thaw/contract/runSpec';
import type { Feeds, InputType } from '../engine/program.ts';
import { augmentationFeeds, augmentationInputs, drawFor } from './drawAugmentation.ts';
import { erasingFeeds, erasingInputs } from './drawErasing.ts';
import { mixupFeeds, mixupInputs } from './drawMixup.ts';

/** Inputs of `trainingImages` beside the stored pixels: all that is drawn for a batch of this length. */
export const drawnInputs = ({ augmentation }: RunSpec['data'], length: number): Record<string, InputType> => ({
  ...augmentationInputs(augmentation, length),
  ...erasingInputs(augmentation, length),
  ...mixupInputs(augmentation, length),
});

/** Which batch: of which run, the how manieth (from 0) of which epoch (from 1), and its images by their indices in the data set. */
export interface BatchPlace {
  seed: number;
  epoch: number;
  batch: number;
  indices: Int32Array;
}

/** Values for `drawnInputs`, as the run meets them. */
export function drawnFeeds({ augmentation, imageSize }: RunSpec['data'], { seed, epoch, batch, indices }: BatchPlace): Feeds {
  const draws = augmentation === null ? [] : Array.from(indices, (index) => drawFor(augmentation, seed, epoch, index));
  return {
    ...augmentationFeeds(augmentation, draws, imageSize),
    ...erasingFeeds(augmentation, seed, epoch, indices, imageSize),
    ...mixupFeeds(augmentation, seed, epoch, batch, indices.length),
  };
}
