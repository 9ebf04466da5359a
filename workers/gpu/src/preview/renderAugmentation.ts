import type { RunSpec } from '@thaw/contract/runSpec';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { readBatch } from '../data/batches.ts';
import { drawnFeeds, drawnInputs } from '../data/drawBatch.ts';
import type { Normalization } from '../data/normalization.ts';
import type { Part } from '../data/parts.ts';
import { compileProgram } from '../engine/program.ts';
import { toFloat } from '../model/augment.ts';
import { trainingImages } from '../model/trainingImages.ts';

/** Pictures as bytes of RGB, [side, side, 3] each. */
export interface RenderedImage {
  /** In the network's size, otherwise as stored. */
  original: Uint8Array;
  /** As the network sees it in epochs 1, 2, ... */
  draws: Uint8Array[];
}

/**
 * Renders what a spec's augmentation does to some images, by the graph of the training step: the draws are those of a run with this
 * spec, by seed, epoch and index. What is erased shows the mean colour, which the network sees as 0; for mixup the images are taken
 * for the first batch of each epoch, so that each is mixed with one of the others.
 *
 * @param images of the training part, all at once
 * @param draws number of epochs
 */
export function renderAugmentation({ data, seed }: RunSpec, normalization: Normalization, images: Part, draws: number): RenderedImage[] {
  const { source, indices } = images;
  const stored = { dtype: 'uint8', shape: [indices.length, source.height, source.width, 3] } as const;
  const program = compileProgram([], {
    original: { inputs: { images: stored }, body: (inputs) => ({ x: toFloat(inputs['images'] as Tensor, data.imageSize) }) },
    draw: { inputs: { images: stored, ...drawnInputs(data, indices.length) }, body: (inputs) => ({ x: trainingImages(data, normalization, inputs) }) },
  });
  try {
    const pixels = { images: readBatch(images, indices).images };
    const run = (step: 'original' | 'draw', feeds: object, shown: Normalization): Uint8Array[] =>
      split(toBytes(program.run(step, { ...pixels, ...feeds })['x'] as Float32Array, shown), indices.length);
    const originals = run('original', {}, { mean: [0, 0, 0], std: [1, 1, 1] });
    const epochs = Array.from({ length: draws }, (_, k) => run('draw', drawnFeeds(data, { seed, epoch: k + 1, batch: 0, indices }), normalization));
    return originals.map((original, image) => ({ original, draws: epochs.map((batch) => batch[image] as Uint8Array) }));
  } finally {
    program.close();
  }
}

/** The inverse of the normalisation, to the nearest byte. */
function toBytes(values: Float32Array, { mean, std }: Normalization): Uint8Array {
  return Uint8Array.from(values, (value, i) => Math.round(255 * Math.min(1, Math.max(0, value * (std[i % 3] as number) + (mean[i % 3] as number)))));
}

const split = (all: Uint8Array, parts: number): Uint8Array[] =>
  Array.from({ length: parts }, (_, part) => all.subarray((part * all.length) / parts, ((part + 1) * all.length) / parts));
