import type { OptimizerSpec } from '@thaw/contract/runSpec';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { attribute, element, execute, executeOne, float32Scalar } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';
import { Variable } from '../engine/variable.ts';

/** What an optimiser remembers of each parameter, by torch's names, in the order in which TensorFlow's update takes them. */
const slotNames = { adam: ['exp_avg', 'exp_avg_sq'], adamw: ['exp_avg', 'exp_avg_sq'], sgd: ['momentum_buffer'] } as const;

/** A vector of parameters that is updated as one, with its optimiser's slots. Frozen parameters are in no update, so nothing moves them. */
export class ParameterGroup {
  readonly name: string;
  readonly value: Variable;
  readonly slots: ReadonlyMap<string, Variable>;

  constructor(name: string, size: number, optimizer: OptimizerSpec['type']) {
    this.name = name;
    this.value = new Variable(name, [size]);
    this.slots = new Map(slotNames[optimizer].map((slot) => [slot, new Variable(`${name}/${slot}`, [size])]));
  }

  get variables(): Variable[] {
    return [this.value, ...this.slots.values()];
  }
}

/** Numbers that a group's update is fed at each step: the rate with its bias corrections, the matching epsilon, the weight decay of the step. */
export const updateFeedLength = 3;

/**
 * What step `t` (1 for the first) of a group feeds. TensorFlow's Adam divides by sqrt(v) + epsilon, PyTorch's by
 * sqrt(v)/sqrt(1 - beta2^t) + epsilon; with both terms scaled by sqrt(1 - beta2^t) the two are the same.
 * The powers are taken here, in float64, of the float32 betas that the update works with: 1 - 0.999 is off by 1.3e-5 there. AdamW shrinks the weights by rate * weightDecay first.
 *
 * @param rate the group's learning rate
 */
export function updateFeed(spec: OptimizerSpec, rate: number, t: number): [number, number, number] {
  if (spec.type === 'sgd') return [rate, 0, spec.weightDecay];
  const correction = Math.sqrt(1 - Math.fround(spec.beta2) ** t);
  return [(rate * correction) / (1 - Math.fround(spec.beta1) ** t), spec.epsilon * correction, spec.type === 'adamw' ? rate * spec.weightDecay : spec.weightDecay];
}

/**
 * One update of a whole group: torch.optim.Adam (Kingma and Ba 2014, arXiv:1412.6980), AdamW (Loshchilov and Hutter 2017,
 * arXiv:1711.05101) or SGD with momentum.
 *
 * @param parameters the group's value as it was read for the gradient
 * @param feed float [3], from `updateFeed`
 */
export function applyUpdate(spec: OptimizerSpec, group: ParameterGroup, parameters: Tensor, gradient: Tensor, feed: Tensor): void {
  const [rate, epsilon, decay] = [element(feed, 0), element(feed, 1), element(feed, 2)];
  let decayed = gradient;
  if (spec.weightDecay > 0 && spec.type === 'adamw') group.value.subtract(tf.mul(parameters, decay));
  else if (spec.weightDecay > 0) decayed = tf.add(gradient, tf.mul(parameters, decay));
  const resources = group.variables.map(({ resource }) => resource);
  const locking = [attribute.type('T', 'float32'), attribute.bool('use_locking', false)];
  if (spec.type === 'sgd') {
    execute('ResourceApplyMomentum', [...resources, rate, decayed, float32Scalar(spec.momentum)], [...locking, attribute.bool('use_nesterov', spec.nesterov)], 0);
    return;
  }
  const none = float32Scalar(0); // no bias correction here: the rate has it
  const inputs = [...resources, none, none, rate, float32Scalar(spec.beta1), float32Scalar(spec.beta2), epsilon, decayed];
  execute('ResourceApplyAdam', inputs, [...locking, attribute.bool('use_nesterov', false)], 0);
}

/** torch.nn.utils.clip_grad_norm_ over the gradients of all groups together. */
export function clipGradients(gradients: readonly Tensor[], clipNorm: number | null): Tensor[] {
  if (clipNorm === null) return [...gradients];
  const square = gradients.map((gradient) => tf.sum(tf.square(gradient))).reduce((a, b) => tf.add(a, b));
  const norm = executeOne('AddV2', [tf.sqrt(square), float32Scalar(1e-6)]);
  const scale = executeOne('Minimum', [float32Scalar(1), tf.div(float32Scalar(clipNorm), norm)]);
  return gradients.map((gradient) => tf.mul(gradient, scale));
}
