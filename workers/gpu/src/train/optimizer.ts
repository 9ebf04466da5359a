import type { OptimizerSpec } from '@thaw/contract/runSpec';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { attribute, element, execute, float32Scalar } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';
import { Variable } from '../engine/variable.ts';

/** The backbone without its head, and the head (torchvision's fc). */
export type GroupName = 'body' | 'head';

/** A vector of parameters that is updated as one, with its moments. Frozen parameters are in no update, so nothing moves them. */
export class ParameterGroup {
  readonly name: GroupName;
  readonly value: Variable;
  readonly firstMoment: Variable;
  readonly secondMoment: Variable;

  constructor(name: GroupName, size: number) {
    this.name = name;
    this.value = new Variable(name, [size]);
    this.firstMoment = new Variable(`${name}/exp_avg`, [size]);
    this.secondMoment = new Variable(`${name}/exp_avg_sq`, [size]);
  }

  get variables(): Variable[] {
    return [this.value, this.firstMoment, this.secondMoment];
  }
}

/** Numbers that a group's update is fed at each step: the rate with its bias corrections, and the matching epsilon. */
export const updateFeedLength = 2;

/**
 * What step `t` (1 for the first) of torch.optim.Adam feeds. TensorFlow's update divides by sqrt(v) + epsilon, PyTorch's by
 * sqrt(v)/sqrt(1 - beta2^t) + epsilon; with both terms scaled by sqrt(1 - beta2^t) the two are the same.
 * The powers are taken here, in float64, of the float32 betas that the update works with: 1 - 0.999 is off by 1.3e-5 there.
 */
export function updateFeed(spec: OptimizerSpec, learningRate: number, t: number): [number, number] {
  const correction = Math.sqrt(1 - Math.fround(spec.beta2) ** t);
  return [(learningRate * correction) / (1 - Math.fround(spec.beta1) ** t), spec.epsilon * correction];
}

/**
 * torch.optim.Adam (Kingma and Ba 2014, arXiv:1412.6980) with weight decay as L2 in the gradient, on a whole group.
 *
 * @param parameters the group's value as it was read for the gradient
 * @param feed float [2], from `updateFeed`
 */
export function applyUpdate(spec: OptimizerSpec, group: ParameterGroup, parameters: Tensor, gradient: Tensor, feed: Tensor): void {
  const decayed = spec.weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameters, float32Scalar(spec.weightDecay)));
  const [rate, epsilon] = [element(feed, 0), element(feed, 1)];
  const none = float32Scalar(0); // no bias correction here: the rate has it
  const inputs = [group.value, group.firstMoment, group.secondMoment].map(({ resource }) => resource);
  execute(
    'ResourceApplyAdam',
    [...inputs, none, none, rate, float32Scalar(spec.beta1), float32Scalar(spec.beta2), epsilon, decayed],
    [attribute.type('T', 'float32'), attribute.bool('use_locking', false), attribute.bool('use_nesterov', false)],
    0,
  );
}
