import type { RunSpec, SchedulerSpec } from './runSpec.ts';

type Plan = Pick<RunSpec, 'schedule' | 'optimizer' | 'scheduler'>;

/** What a recipe sets as the learning rate of an epoch (from 1), before its scheduler, its warm-up, and what a plateau may have taken of it. */
export function baseRate({ schedule, optimizer }: Plan, epoch: number): number {
  return schedule.freezeEpochs > 0 && epoch > schedule.freezeEpochs ? schedule.unfreezeLearningRate : optimizer.learningRate;
}

/**
 * The learning rate of batch `batch` (from 0) of an epoch (from 1) on a base rate: what the trainer takes, and the dashboard draws. Plateau and
 * constant leave the base as it is; cosine, step and one-cycle start anew with each phase.
 */
export function rateOfStep(plan: Plan, stepsPerEpoch: number, base: number, epoch: number, batch: number): number {
  const { freezeEpochs, epochs, warmupSteps } = plan.schedule;
  const [first, length] = epoch <= freezeEpochs ? [1, freezeEpochs] : [freezeEpochs + 1, epochs - freezeEpochs];
  const position = { epoch: epoch - first, epochs: length, step: (epoch - first) * stepsPerEpoch + batch, steps: length * stepsPerEpoch };
  const step = (epoch - 1) * stepsPerEpoch + batch + 1;
  return (step < warmupSteps ? step / warmupSteps : 1) * scheduledRate(plan.scheduler, base, position);
}

/** Where in its phase a step is; epochs and steps count from 0. */
interface Position {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
}

function scheduledRate(scheduler: SchedulerSpec, base: number, { epoch, epochs, step, steps }: Position): number {
  switch (scheduler.type) {
    case 'reduce_on_plateau':
    case 'constant':
      return base;
    case 'cosine':
      return anneal(base, scheduler.minLearningRate, epoch / epochs);
    case 'step':
      return base * scheduler.gamma ** Math.floor(epoch / scheduler.stepSize);
    case 'one_cycle': {
      const start = base / scheduler.divFactor;
      // Below 0 in a phase of few steps: it then begins a little after its peak. At 0, where torch divides by zero, it begins on it.
      const peak = scheduler.warmupFraction * steps - 1;
      if (step < peak) return anneal(start, base, step / peak);
      return anneal(base, start / scheduler.finalDivFactor, (step - peak) / (steps - 1 - peak));
    }
  }
}

/** Half a cosine from one rate to another (torch CosineAnnealingLR and OneCycleLR). */
const anneal = (from: number, to: number, part: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
