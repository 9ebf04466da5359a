import { baseRate, rateOfStep } from '@thaw/contract/plannedRate';
import type { RunSpec } from '@thaw/contract/runSpec';

export interface PlannedRate {
  /** Epochs since the start, with a fraction. */
  at: number;
  rate: number;
}

/** Points of the line, about. */
const points = 600;

/**
 * The learning rate over the epochs, as the trainer will take it, from its first to its last step. Where the loss decides (reduce on
 * plateau) it stays as it is set.
 */
export function plannedRates(spec: Pick<RunSpec, 'schedule' | 'optimizer' | 'scheduler'>, stepsPerEpoch: number): PlannedRate[] {
  const { epochs } = spec.schedule;
  const samples = Math.min(stepsPerEpoch, Math.max(2, Math.ceil(points / epochs)));
  return Array.from({ length: epochs }, (_, before) => {
    const base = baseRate(spec, before + 1);
    return Array.from({ length: samples }, (_, i): PlannedRate => {
      const batch = samples === 1 ? 0 : Math.round((i / (samples - 1)) * (stepsPerEpoch - 1));
      return { at: before + (samples === 1 ? 0 : i / (samples - 1)), rate: rateOfStep(spec, stepsPerEpoch, base, before + 1, batch) };
    });
  }).flat();
}
