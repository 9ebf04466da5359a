import type { EventOf } from '@thaw/contract/events';
import { encodeMetric } from '@thaw/contract/numbers';
import { readBatch } from '../data/batches.ts';
import type { Part } from '../data/parts.ts';
import { softmax } from '../evaluate/judgeLogits.ts';
import { Tally } from '../evaluate/tally.ts';
import { evaluateStepName, type Network } from './network.ts';

/** Evaluates the network on a part (of one image at least), in batches of the size that its step is for. */
export function evaluate(network: Network, part: Part, batchSize: number): Tally {
  let tally: Tally | undefined;
  for (const { index, logits } of eachLogits(network, part, part.indices, batchSize)) {
    tally ??= new Tally(logits.length);
    tally.add(index, part.source.labels[index] as number, logits);
  }
  if (tally === undefined) throw new Error('a part without images cannot be evaluated');
  return tally;
}

/** Class probabilities of some images. */
export function probabilities(network: Network, part: Part, indices: Int32Array, batchSize: number): number[][] {
  return Array.from(eachLogits(network, part, indices, batchSize), ({ logits }) => softmax(logits));
}

/** What the network says about the images of the panel. */
export function judgePanel(network: Network, part: Part, panel: Int32Array, batchSize: number): EventOf<'panel'>['images'] {
  return probabilities(network, part, panel, batchSize).map((row, position) => {
    const index = panel[position] as number;
    return { index, label: part.source.labels[index] as number, probabilities: row.map(encodeMetric) };
  });
}

/** Logits of each image. The step has a fixed batch; what is missing is filled with zeros, which no other image sees. */
function* eachLogits(network: Network, part: Part, indices: Int32Array, batchSize: number): Generator<{ index: number; logits: Float32Array }> {
  for (let start = 0; start < indices.length; start += batchSize) {
    const some = indices.subarray(start, start + batchSize);
    const { images } = readBatch(part, some);
    let batch = images;
    if (some.length < batchSize) {
      batch = new Uint8Array((images.length / some.length) * batchSize);
      batch.set(images);
    }
    const logits = network.program.run(evaluateStepName, { images: batch })['logits'] as Float32Array;
    const classes = logits.length / batchSize;
    for (const [row, index] of some.entries()) yield { index, logits: logits.subarray(row * classes, (row + 1) * classes) };
  }
}
