import type { RunSpec } from '@thaw/contract/runSpec';
import { readBatch } from './batches.ts';
import type { Part } from './parts.ts';

export interface Normalization {
  mean: readonly number[];
  std: readonly number[];
}

/** torchvision's, of ImageNet. */
const imagenet: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * The numbers that a spec's `normalization` stands for; `dataset` measures them on the training part.
 * @param train null: not here, and only needed for `dataset`
 */
export function resolveNormalization(spec: RunSpec, train: Part | null): Normalization {
  const { normalization } = spec.data;
  if (normalization === 'imagenet') return imagenet;
  if (normalization !== 'dataset') return normalization;
  if (train === null) throw new Error('The normalisation is measured on training images, and there are none here.');
  return measure(train);
}

/** Mean and standard deviation (biased) over all pixels of a part, by channel, of values in [0, 1]. */
export function measure(part: Part): Normalization {
  const histogram = new Float64Array(3 * 256);
  for (let start = 0; start < part.indices.length; start += 256) {
    const { images } = readBatch(part, part.indices.subarray(start, start + 256));
    for (let i = 0; i < images.length; i++) {
      const bin = (i % 3) * 256 + (images[i] as number);
      histogram[bin] = (histogram[bin] as number) + 1;
    }
  }
  const channels = [0, 1, 2].map((channel) => {
    const counts = histogram.subarray(channel * 256, (channel + 1) * 256);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const mean = counts.reduce((sum, count, value) => sum + (count * value) / 255, 0) / total;
    const variance = counts.reduce((sum, count, value) => sum + count * (value / 255 - mean) ** 2, 0) / total;
    // A channel of one colour has no deviation to divide by.
    return { mean, std: Math.sqrt(variance) || 1 };
  });
  return { mean: channels.map(({ mean }) => mean), std: channels.map(({ std }) => std) };
}
