import { purposes, Rng } from './random.ts';
import type { Part } from './parts.ts';

/** Sizes of the batches of an epoch. A last batch of one image would leave a batch norm without variance: it joins the one before. */
export function batchLengths(images: number, batchSize: number): number[] {
  const rest = images % batchSize;
  const lengths = Array.from({ length: Math.floor(images / batchSize) }, () => batchSize);
  if (rest === 1) lengths[lengths.length - 1] = batchSize + 1;
  else if (rest > 1) lengths.push(rest);
  return lengths;
}

/** The images of a part in the order of an epoch. Depends on seed and epoch alone. */
export function epochOrder({ indices }: Part, shuffle: boolean, seed: number, epoch: number): Int32Array {
  return shuffle ? new Rng(seed, purposes.shuffle, epoch).shuffle(indices.slice()) : indices;
}

/** Pixels uint8 [N,H,W,3] and labels int32 [N] of some images of a part's source. */
export function readBatch({ source }: Part, indices: Int32Array): { images: Uint8Array; labels: Int32Array } {
  const images = new Uint8Array(indices.length * source.height * source.width * 3);
  source.readImages(indices, images);
  return { images, labels: indices.map((index) => source.labels[index] as number) };
}
