import type { EpochRecord } from '@thaw/contract/events';
import type { SparkPoint } from '@thaw/contract/runs';

const most = 32;

/**
 * A sparkline with one more epoch, thinned to 32 points at most: epochs that are multiples of a power of two, and the newest. What it has
 * of that epoch and later ones is replaced.
 */
export function addToSparkline(before: readonly SparkPoint[], { epoch, trainAccuracy, valAccuracy, testAccuracy }: EpochRecord): SparkPoint[] {
  let stride = 1;
  while (Math.floor((epoch - 1) / stride) + 2 > most) stride *= 2;
  const kept = before.filter((point) => point.epoch < epoch && point.epoch % stride === 0);
  return [...kept, { epoch, train: trainAccuracy, monitored: valAccuracy ?? testAccuracy }];
}

/** What is left of a sparkline where a run goes on from an epoch; null: from the start. */
export const cutSparkline = (before: readonly SparkPoint[], lastEpoch: EpochRecord | null): SparkPoint[] =>
  before.filter(({ epoch }) => lastEpoch !== null && epoch <= lastEpoch.epoch);
