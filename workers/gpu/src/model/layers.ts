import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { attribute, execute, executeOne, float32Scalar, int32Scalar, reshape } from '../engine/ops.ts';
import { backend, tf } from '../engine/tensorflow.ts';

/**
 * The layers of a residual network, NHWC, with PyTorch's definitions. Where tfjs has no fused kernel for one, TensorFlow's is
 * called directly with its gradient beside it.
 */

/** torch.nn.BatchNorm2d's defaults. */
export const batchNormEpsilon = 1e-5;
const momentum = 0.1;

/**
 * torch.nn.Conv2d without bias. x [N,H,W,C], filter [k,k,C,F]. Padding is symmetric: TensorFlow's SAME pads a stride of 2
 * on the other side, which gives the right shape and wrong numbers.
 */
export function conv2d(x: Tensor4D, filter: Tensor4D, stride: number, padding: number): Tensor4D {
  const size = filter.shape[0];
  const [rows, columns] = [reaches(x.shape[1], size, stride, padding), reaches(x.shape[2], size, stride, padding)];
  if (rows.length * columns.length <= fewPositions) return convolveByPosition(x, filter, rows, columns);
  if (stride === 1 && padding * 2 + 1 === size) return tf.conv2d(x, filter, 1, 'same');
  return tf.conv2d(padding > 0 ? pad(x, padding, 0) : x, filter, stride, 'valid');
}

/** Up to so many outputs a picture, products of matrices are quicker on a CPU than a convolution (2 to 4 times). A GPU is better off with one kernel. */
const fewPositions = backend.isUsingGpuDevice ? 0 : 4;

/** The pixels that a filter covers at one position along an axis, and the taps that cover them: the others meet only padding. */
interface Reach {
  pixel: number;
  tap: number;
  count: number;
}

function reaches(length: number, size: number, stride: number, padding: number): Reach[] {
  return Array.from({ length: Math.floor((length + 2 * padding - size) / stride) + 1 }, (_, position) => {
    const start = position * stride - padding;
    const pixel = Math.max(0, start);
    return { pixel, tap: pixel - start, count: Math.min(length, start + size) - pixel };
  });
}

/**
 * A convolution with few outputs: for each of them, the pixels that it sees times the part of the filter that sees them. Small pictures are
 * mostly padding to a convolution: of a 3x3 filter on 1x1 pixels, as layer4 has them for pictures of 32, only the centre counts.
 */
function convolveByPosition(x: Tensor4D, filter: Tensor4D, rows: readonly Reach[], columns: readonly Reach[]): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const filters = filter.shape[3];
  const outputs = rows.flatMap((row) =>
    columns.map((column) => {
      const whole = row.count === height && column.count === width;
      const seen = whole ? x : tf.slice(x, [0, row.pixel, column.pixel, 0], [batch, row.count, column.count, channels]);
      const taps = tf.slice(filter, [row.tap, column.tap, 0, 0], [row.count, column.count, channels, filters]);
      const length = row.count * column.count * channels;
      return tf.matMul(tf.reshape(seen, [batch, length]), tf.reshape(taps, [length, filters]));
    }),
  );
  return tf.reshape(outputs.length === 1 ? (outputs[0] as Tensor) : tf.concat(outputs, 1), [batch, rows.length, columns.length, filters]);
}

/** torch.nn.MaxPool2d(3, 2, 1): pads with minus infinity, not with zeros. */
export function maxPool(x: Tensor4D): Tensor4D {
  return tf.maxPool(pad(x, 1, -Infinity), 3, 2, 'valid');
}

function pad(x: Tensor4D, by: number, value: number): Tensor4D {
  return tf.pad(x, [[0, 0], [by, by], [by, by], [0, 0]], value) as Tensor4D;
}

export const relu = (x: Tensor4D): Tensor4D =>
  tf.customGrad((x, save) => {
    const y = executeOne('Relu', [x as Tensor]);
    (save as (tensors: Tensor[]) => void)([y]);
    return { value: y, gradFunc: (dy, saved) => executeOne('ReluGrad', [dy, saved[0] as Tensor]) };
  })(x) as Tensor4D;

/** What a batch norm needs: [C] each. */
export interface BatchNorm {
  scale: Tensor;
  offset: Tensor;
  mean: Tensor;
  variance: Tensor;
}

const batchNormAttributes = (training: boolean, averageFactor: number) => [
  attribute.type('T', 'float32'),
  attribute.type('U', 'float32'),
  attribute.float('epsilon', batchNormEpsilon),
  attribute.float('exponential_avg_factor', averageFactor),
  attribute.string('data_format', 'NHWC'),
  attribute.bool('is_training', training),
];

function batchNormGradient(training: boolean, dy: Tensor, x: Tensor, scale: Tensor, reserves: readonly Tensor[]): Tensor[] {
  const attributes = batchNormAttributes(training, 1).filter(({ name }) => name !== 'exponential_avg_factor');
  return execute('FusedBatchNormGradV3', [dy, x, scale, ...reserves], attributes, 5).slice(0, 3);
}

/**
 * torch.nn.BatchNorm2d in training: normalises with the batch's statistics (biased variance).
 *
 * @param update receives the new running mean and variance: 0.9 of the old and 0.1 of the batch's, whose variance is the unbiased one
 */
export function batchNormTraining(x: Tensor4D, norm: BatchNorm, update: (mean: Tensor, variance: Tensor) => void): Tensor4D {
  return tf.customGrad((x, scale, offset, save) => {
    const inputs = [x as Tensor, scale as Tensor, offset as Tensor, norm.mean, norm.variance];
    const [y, mean, variance, ...reserves] = execute('FusedBatchNormV3', inputs, batchNormAttributes(true, momentum), 6) as [Tensor, Tensor, Tensor, ...Tensor[]];
    update(tf.keep(mean), tf.keep(variance));
    (save as (tensors: Tensor[]) => void)([x as Tensor, scale as Tensor, ...reserves]);
    return {
      value: y,
      gradFunc: (dy, saved) => batchNormGradient(true, dy, saved[0] as Tensor, saved[1] as Tensor, saved.slice(2)),
    };
  })(x, norm.scale, norm.offset) as Tensor4D;
}

/** torch.nn.BatchNorm2d in evaluation: normalises with the running statistics, which stay as they are. Scale and offset can learn. */
export function batchNormInference(x: Tensor4D, norm: BatchNorm): Tensor4D {
  return tf.customGrad((x, scale, offset, save) => {
    const inputs = [x as Tensor, scale as Tensor, offset as Tensor, norm.mean, norm.variance];
    const [y, , , , , reserve] = execute('FusedBatchNormV3', inputs, batchNormAttributes(false, 1), 6) as Tensor[];
    (save as (tensors: Tensor[]) => void)([x as Tensor, scale as Tensor, reserve as Tensor]);
    return {
      value: y as Tensor,
      gradFunc: (dy, saved) => batchNormGradient(false, dy, saved[0] as Tensor, saved[1] as Tensor, [norm.mean, norm.variance, saved[2] as Tensor]),
    };
  })(x, norm.scale, norm.offset) as Tensor4D;
}

/** torch.nn.Linear: x [N,I], weight [I,O], bias [O]. */
export const linear = (x: Tensor2D, weight: Tensor2D, bias: Tensor): Tensor2D => tf.add(tf.matMul(x, weight), bias);

/**
 * torch.nn.functional.cross_entropy on logits, one value a sample, with its gradient: softmax minus target.
 *
 * @param logits [N,C]
 * @param labels int32 [N]
 * @param labelSmoothing part of the target that is spread evenly over all classes, the label's included
 * @returns [N], in nats
 */
export const crossEntropy = (logits: Tensor2D, labels: Tensor, labelSmoothing = 0): Tensor =>
  tf.customGrad((logits, save) => {
    const type = attribute.type('T', 'float32');
    const [losses, gradient] = (
      labelSmoothing === 0
        ? execute('SparseSoftmaxCrossEntropyWithLogits', [logits as Tensor, labels], [type, attribute.type('Tlabels', 'int32')], 2)
        : execute('SoftmaxCrossEntropyWithLogits', [logits as Tensor, smoothTargets(labels, (logits as Tensor2D).shape[1], labelSmoothing)], [type], 2)
    ) as [Tensor, Tensor];
    (save as (tensors: Tensor[]) => void)([gradient]);
    return { value: losses, gradFunc: (dy, saved) => tf.mul(saved[0] as Tensor, reshape(dy, [-1, 1])) };
  })(logits);

function smoothTargets(labels: Tensor, classes: number, smoothing: number): Tensor {
  const attributes = [attribute.type('T', 'float32'), attribute.type('TI', 'int32'), attribute.int('axis', -1)];
  const [on, off] = [1 - smoothing + smoothing / classes, smoothing / classes];
  return executeOne('OneHot', [labels, int32Scalar(classes), float32Scalar(on), float32Scalar(off)], attributes);
}
