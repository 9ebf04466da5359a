import { readBatch } from '../data/batches.ts';
import type { Part } from '../data/parts.ts';
import { evaluateStepName, type Network } from './network.ts';

/** Loss is the mean over samples in nats; accuracy the fraction of samples whose largest logit is their label's. */
export interface Evaluation {
  loss: number;
  accuracy: number;
}

/** Evaluates the network on a part, in batches of the run's size. */
export function evaluate(network: Network, part: Part, batchSize: number): Evaluation {
  const { indices, source } = part;
  let [loss, right] = [0, 0];
  for (let start = 0; start < indices.length; start += batchSize) {
    const some = indices.subarray(start, start + batchSize);
    const logits = logitsOf(network, part, some, batchSize);
    some.forEach((index, row) => {
      const label = source.labels[index] as number;
      const values = logits[row] as Float32Array;
      loss += logSumExp(values) - (values[label] as number);
      if (argMax(values) === label) right += 1;
    });
  }
  return { loss: loss / indices.length, accuracy: right / indices.length };
}

/** Class probabilities of some images (at most a batch). */
export function probabilities(network: Network, part: Part, indices: Int32Array, batchSize: number): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < indices.length; start += batchSize)
    for (const logits of logitsOf(network, part, indices.subarray(start, start + batchSize), batchSize)) {
      const total = logSumExp(logits);
      rows.push([...logits].map((value) => Math.exp(value - total)));
    }
  return rows;
}

/** Logits, a row an image. The step has a fixed batch; what is missing is filled with zeros, which no other image sees. */
function logitsOf(network: Network, part: Part, indices: Int32Array, batchSize: number): Float32Array[] {
  const { images } = readBatch(part, indices);
  const imageBytes = images.length / indices.length;
  let batch = images;
  if (indices.length < batchSize) {
    batch = new Uint8Array(batchSize * imageBytes);
    batch.set(images);
  }
  const logits = network.program.run(evaluateStepName, { images: batch })['logits'] as Float32Array;
  const classes = logits.length / batchSize;
  return Array.from(indices, (_, row) => logits.subarray(row * classes, (row + 1) * classes));
}

/** log(sum(exp(x))), safe from overflow by taking out the maximum. */
function logSumExp(values: Float32Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

const argMax = (values: Float32Array): number => values.reduce((best, value, index) => (value > (values[best] as number) ? index : best), 0);
