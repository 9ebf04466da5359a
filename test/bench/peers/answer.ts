import { createInterface } from 'node:readline';

/** Steps that every peer offers: a training step of the whole network, one with a frozen backbone, an evaluation of a batch. */
export type StepName = 'full' | 'frozen' | 'evaluate';

/**
 * The peers' side of the benchmark's protocol: a line `{"step": "full", "count": 5}` on standard input is answered by a line with
 * the milliseconds of each step.
 */
export function answer(steps: Record<StepName, () => void>): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { step, count } = JSON.parse(line) as { step: StepName; count: number };
    const times = Array.from({ length: count }, () => {
      const start = performance.now();
      steps[step]();
      return performance.now() - start;
    });
    process.stdout.write(`${JSON.stringify(times)}\n`);
  });
}

export const batchSize = 64;

/** The same batch for every peer: bytes from a linear congruence, labels in turn. */
export function makeBatch(): { images: Uint8Array; labels: Int32Array } {
  let state = 1;
  const images = new Uint8Array(batchSize * 32 * 32 * 3).map(() => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24);
  return { images, labels: Int32Array.from({ length: batchSize }, (_, index) => index % 10) };
}
