import type { Backbone } from '@thaw/contract/backbones';
import type { RunSpec } from '@thaw/contract/runSpec';

/** How TensorFlow, oneDNN, V8 and C++ say that there is no memory left. */
const outOfMemory = /OOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|out of memory|std::bad_alloc|allocation failed|could not create a primitive/i;

export const soundsOutOfMemory = (words: string): boolean => outOfMemory.test(words);

/**
 * Megabytes that training the whole network takes on a CPU: the trainer, TensorFlow, parameters and optimiser whatever the batch, and for
 * each image a part that goes with its pixels. Measured: peaks at batches of 16 and 64 at 128 pixels, and of 64 and 512 at 32.
 */
const needs: Readonly<Record<Backbone, { fixed: number; perMegapixel: number }>> = {
  resnet18: { fixed: 850, perMegapixel: 1650 },
  resnet34: { fixed: 1250, perMegapixel: 2200 },
};

/** Bytes that this process could have in all: what it has, and what the machine or its container has left. */
export const availableToProcess = (): number => process.memoryUsage.rss() + process.availableMemory();

/**
 * What to try where a batch did not fit: at most half of it, and what the memory that is known of has room for. Nothing is done about it
 * here: smaller batches whose gradients are added up would give batch norm other statistics, and so another run than the spec's.
 *
 * @param available bytes; null where nobody knows, as of a GPU
 */
export function adviseSmaller({ model: { backbone }, data: { batchSize, imageSize } }: Pick<RunSpec, 'model' | 'data'>, available: number | null): string {
  const { fixed, perMegapixel } = needs[backbone];
  const room = available === null ? Infinity : (available / 1e6 - fixed) / ((perMegapixel * imageSize ** 2) / 1e6);
  const fits = 2 ** Math.floor(Math.log2(Math.min(batchSize / 2, room)));
  if (fits >= 2) return `try data.batchSize ${fits}${imageSize > 32 ? ', or a smaller data.imageSize' : ''}`;
  if (imageSize > 32) return 'try a smaller data.imageSize';
  return `a ${backbone} needs about ${fixed} MB: free some memory, or train on a larger machine`;
}
