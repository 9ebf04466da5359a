import { baseRate, rateOfStep } from '@thaw/contract/plannedRate';
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
 * The learning rate of a run: the planned one, and what the plateau makes of it. The plateau's memory stays over the thaw, as when the
 * rate of a torch optimiser is set by hand.
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
    const { freezeEpochs } = this.spec.schedule;
    if (freezeEpochs > 0 && epoch === freezeEpochs + 1) this.state.rate = baseRate(this.spec, epoch);
  }

  /** The rate of batch `batch` (from 0) of an epoch (from 1). */
  rateAt(epoch: number, batch: number): number {
    return rateOfStep(this.spec, this.stepsPerEpoch, this.state.rate, epoch, batch);
  }

  /** To be called after each epoch with its monitored loss (NaN allowed: never better). */
  endEpoch(loss: number): void {
    if (this.spec.scheduler.type === 'reduce_on_plateau') reduceOnPlateau(this.spec.scheduler, this.state, loss);
  }
}

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
