import type { RunSpec } from '@thaw/contract/runSpec';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { needsErasing } from '../data/drawErasing.ts';
import { needsMixup } from '../data/drawMixup.ts';
import type { Normalization } from '../data/normalization.ts';
import { augment, normalise, toFloat } from './augment.ts';
import { erase } from './erase.ts';
import { mix } from './mix.ts';

/**
 * What the network sees of a batch while it trains: resized, augmented, normalised, and with what is erased or mixed.
 *
 * @param inputs `images`, the stored pixels uint8 [N,H,W,3], and tensors for `drawnInputs` of the same spec
 * @returns float [N,S,S,3], normalised
 */
export function trainingImages(
  { augmentation, imageSize }: RunSpec['data'],
  { mean, std }: Normalization,
  inputs: Readonly<Record<string, Tensor>>,
): Tensor4D {
  const pixels = toFloat(inputs['images'] as Tensor, imageSize);
  let x = normalise(augmentation === null ? pixels : augment(pixels, augmentation, inputs), mean, std);
  if (needsErasing(augmentation)) x = erase(x, inputs['rectangles'] as Tensor);
  if (needsMixup(augmentation)) x = mix(x, inputs['partners'] as Tensor, inputs['share'] as Tensor);
  return x;
}
