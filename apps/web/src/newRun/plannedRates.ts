import type { RunSpec } from '@thaw/contract/runSpec';

export interface PlannedRate {
  /** Epochs since the start, with a fraction. */
  at: number;
  rate: number;
}

/** Samples a phase. */
const samples = 60;

/**
 * The learning rate over the epochs, as the recipe plans it: before and after the thaw, each phase with its scheduler. Where the loss
 * decides (reduce on plateau) the rate stays as it is set.
 */
export function plannedRates({ schedule, optimizer, scheduler }: Pick<RunSpec, 'schedule' | 'optimizer' | 'scheduler'>): PlannedRate[] {
  const { epochs, freezeEpochs, unfreezeLearningRate } = schedule;
  const thaw = Math.min(freezeEpochs, epochs);
  const phases = [
    { from: 0, to: thaw, rate: optimizer.learningRate },
    { from: thaw, to: epochs, rate: thaw === 0 ? optimizer.learningRate : unfreezeLearningRate },
  ];
  return phases.flatMap(({ from, to, rate }) =>
    to <= from ? [] : Array.from({ length: samples + 1 }, (_, i) => ({ at: from + ((to - from) * i) / samples, rate: rateAt(scheduler, rate, i / samples, to - from) })),
  );
}

/** @param part of the phase, from 0 to 1 */
function rateAt(scheduler: RunSpec['scheduler'], rate: number, part: number, epochs: number): number {
  const cosine = (from: number, to: number, along: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * along))) / 2;
  switch (scheduler.type) {
    case 'cosine':
      return cosine(rate, Math.min(rate, scheduler.minLearningRate), part);
    case 'step':
      return rate * scheduler.gamma ** Math.floor(Math.min(part * epochs, epochs - 1e-9) / scheduler.stepSize);
    case 'one_cycle': {
      const { warmupFraction, divFactor, finalDivFactor } = scheduler;
      const first = rate / divFactor;
      return part < warmupFraction ? cosine(first, rate, part / warmupFraction) : cosine(rate, first / finalDivFactor, (part - warmupFraction) / (1 - warmupFraction));
    }
    default:
      return rate;
  }
}
