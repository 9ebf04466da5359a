import type { EpochRecord } from '@thaw/contract/events';

/**
 * When each step was taken, in seconds of training: epochs say how long they took, and their steps share that evenly. An epoch that is
 * under way goes on as the one before it.
 */
export function secondsOfSteps(steps: Float64Array, epochs: readonly Pick<EpochRecord, 'epoch' | 'seconds'>[], stepsPerEpoch: number): Float64Array {
  const secondsOf = new Map(epochs.map(({ epoch, seconds }) => [epoch, seconds]));
  const last = epochs.findLast(({ epoch }) => epoch > 0)?.seconds ?? stepsPerEpoch;
  const startOf: number[] = [0, 0];
  const start = (epoch: number): number => {
    for (let e = startOf.length; e <= epoch; e++) startOf[e] = (startOf[e - 1] ?? 0) + (secondsOf.get(e - 1) ?? last);
    return startOf[epoch] ?? 0;
  };
  return steps.map((step) => {
    const epoch = Math.max(1, Math.ceil(step / stepsPerEpoch));
    return start(epoch) + ((step - (epoch - 1) * stepsPerEpoch) / stepsPerEpoch) * (secondsOf.get(epoch) ?? last);
  });
}
