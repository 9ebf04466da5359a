import type { RunSpec } from '@thaw/contract/runSpec';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { attribute, executeOne } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';
import { Variable } from '../engine/variable.ts';

/**
 * What step `step` (1 for the first) feeds: the part of the new value in the average, 1 - min(decay, (1 + step)/(10 + step))
 * (TensorFlow's ExponentialMovingAverage with num_updates).
 */
export const averagingFeed = ({ decay }: NonNullable<RunSpec['ema']>, step: number): Float32Array => Float32Array.of(1 - Math.min(decay, (1 + step) / (10 + step)));

/** Exponential moving averages of some variables: average += share * (value - average). */
export class MovingAverages {
  private readonly averages: ReadonlyMap<Variable, Variable>;

  constructor(of: readonly Variable[]) {
    this.averages = new Map(of.map((variable) => [variable, new Variable(`average/${variable.name}`, variable.shape)]));
  }

  get variables(): Variable[] {
    return [...this.averages.values()];
  }

  of(variable: Variable): Variable {
    const average = this.averages.get(variable);
    if (average === undefined) throw new Error(`${variable.name} has no average`);
    return average;
  }

  /** Takes the value that a variable has now into its average. @param share float scalar, from `averagingFeed` */
  take(variable: Variable, share: Tensor): void {
    const average = this.of(variable);
    const difference = executeOne('Sub', [average.read(), variable.read()], [attribute.type('T', 'float32')]);
    average.subtract(tf.mul(difference, share));
  }
}
