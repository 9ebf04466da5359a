import type { RunSpec, SchedulerSpec } from '@thaw/contract/runSpec';

/** What a schedule remembers between epochs: part of a checkpoint. */
export interface ScheduleState {
  /** Learning rate that ReduceLROnPlateau has arrived at; for the others, the phase's base rate. */
  rate: number;
  best: number | 'Infinity';
  badEpochs: number;
  cooldownLeft: number;
}

type Plateau = Extract<SchedulerSpec, { type: 'reduce_on_plateau' }>;

/**
 * The learning rate of a run: the frozen epochs' rate, the thaw's override, and the scheduler. Plateau and constant go on over
 * the thaw (the plateau's memory stays, as when the rate of a torch optimiser is set by hand); cosine, step and one-cycle
 * start anew with each phase, on its base rate.
 */
export class LearningRate {
  readonly state: ScheduleState;
  private readonly spec: RunSpec;
  private readonly stepsPerEpoch: number;

  constructor(spec: RunSpec, stepsPerEpoch: number, state?: ScheduleState) {
    this.spec = spec;
    this.stepsPerEpoch = stepsPerEpoch;
    this.state = state ?? { rate: spec.optimizer.learningRate, best: 'Infinity', badEpochs: 0, cooldownLeft: 0 };
  }

  /** To be called before the first step of each epoch (from 1). */
  beginEpoch(epoch: number): void {
    const { freezeEpochs, unfreezeLearningRate } = this.spec.schedule;
    if (freezeEpochs > 0 && epoch === freezeEpochs + 1) this.state.rate = unfreezeLearningRate;
  }

  /** The rate of batch `batch` (from 0) of an epoch (from 1). */
  rateAt(epoch: number, batch: number): number {
    const { freezeEpochs, epochs } = this.spec.schedule;
    const [first, length] = epoch <= freezeEpochs ? [1, freezeEpochs] : [freezeEpochs + 1, epochs - freezeEpochs];
    const position = { epoch: epoch - first, epochs: length, step: (epoch - first) * this.stepsPerEpoch + batch, steps: length * this.stepsPerEpoch };
    return this.warmup(epoch, batch) * scheduledRate(this.spec.scheduler, this.state.rate, position);
  }

  /** Part of the scheduled rate that a step of the first `warmupSteps` gets. */
  private warmup(epoch: number, batch: number): number {
    const step = (epoch - 1) * this.stepsPerEpoch + batch + 1;
    return step < this.spec.schedule.warmupSteps ? step / this.spec.schedule.warmupSteps : 1;
  }

  /** To be called after each epoch with its monitored loss (NaN allowed: never better). */
  endEpoch(loss: number): void {
    if (this.spec.scheduler.type === 'reduce_on_plateau') reduceOnPlateau(this.spec.scheduler, this.state, loss);
  }
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

/** torch.optim.lr_scheduler.ReduceLROnPlateau.step, mode min, relative threshold. */
function reduceOnPlateau(spec: Plateau, state: ScheduleState, loss: number): void {
  if (loss < Number(state.best) * (1 - spec.threshold)) {
    state.best = loss;
    state.badEpochs = 0;
  } else state.badEpochs += 1;
  if (state.cooldownLeft > 0) {
    state.cooldownLeft -= 1;
    state.badEpochs = 0;
  }
  if (state.badEpochs <= spec.patience) return;
  const reduced = Math.max(state.rate * spec.factor, spec.minLearningRate);
  if (state.rate - reduced > spec.epsilon) state.rate = reduced;
  state.cooldownLeft = spec.cooldown;
  state.badEpochs = 0;
}
