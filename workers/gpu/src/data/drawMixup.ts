import type { Augmentation } from '@thaw/contract/runSpec';
import type { Feeds, InputType } from '../engine/program.ts';
import { purposes, Rng } from './random.ts';

export const needsMixup = (spec: Augmentation | null): boolean => spec !== null && spec.mixup !== null;

/** `partners` int32 [N]: with which image of the batch each is mixed; `share` float []: how much of the image itself stays. */
export const mixupInputs = (spec: Augmentation | null, batch: number): Record<string, InputType> =>
  needsMixup(spec) ? { partners: { dtype: 'int32', shape: [batch] }, share: { dtype: 'float32', shape: [] } } : {};

/** Values for `mixupInputs`, drawn from (seed, epoch, batch): one share for the whole batch, as in the paper. */
export function mixupFeeds(spec: Augmentation | null, seed: number, epoch: number, batch: number, length: number): Feeds {
  if (spec === null || spec.mixup === null) return {};
  const rng = new Rng(seed, purposes.mix, epoch, batch);
  return { share: Float32Array.of(rng.beta(spec.mixup.alpha)), partners: rng.shuffle(Int32Array.from({ length }, (_, index) => index)) };
}
