import type { AdamOptimizer, Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-node-gpu';
import { tf } from '@thaw/gpu-worker/engine/tensorflow';
import { answer, batchSize, makeBatch } from './answer.ts';

/**
 * The peer that anyone would write first: the same network and step in plain tfjs ops and tfjs's own Adam, executed eagerly.
 * It shares nothing with the trainer but the engine.
 */
const parameters = new Map<string, Variable>();
const statistics = new Map<string, Variable>();

function convolve(x: Tensor4D, name: string, out: number, size: number, stride: number): Tensor4D {
  const filter = parameter(`${name}.weight`, () => tf.randomNormal([size, size, x.shape[3], out], 0, Math.sqrt(2 / (size * size * out)))) as Tensor4D;
  const by = (size - 1) / 2;
  return tf.conv2d(tf.pad(x, [[0, 0], [by, by], [by, by], [0, 0]]) as Tensor4D, filter, stride, 'valid');
}

function parameter(name: string, initial: () => Tensor): Tensor {
  if (!parameters.has(name)) parameters.set(name, tf.keep(tf.variable(initial(), true)));
  return parameters.get(name) as Tensor;
}

function statistic(name: string, initial: () => Tensor): Variable {
  if (!statistics.has(name)) statistics.set(name, tf.keep(tf.variable(initial(), false)));
  return statistics.get(name) as Variable;
}

function normalise(x: Tensor4D, name: string, training: boolean): Tensor4D {
  const channels = x.shape[3];
  const [scale, offset] = [parameter(`${name}.weight`, () => tf.ones([channels])), parameter(`${name}.bias`, () => tf.zeros([channels]))] as [Tensor1D, Tensor1D];
  const [mean, variance] = [statistic(`${name}.mean`, () => tf.zeros([channels])), statistic(`${name}.var`, () => tf.ones([channels]))];
  if (!training) return tf.batchNorm(x, mean as Tensor1D, variance as Tensor1D, offset, scale, 1e-5);
  const moments = tf.moments(x, [0, 1, 2]);
  const samples = x.size / channels;
  mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(moments.mean, 0.1)));
  variance.assign(tf.add(tf.mul(variance, 0.9), tf.mul(moments.variance, (0.1 * samples) / (samples - 1))));
  return tf.batchNorm(x, moments.mean as Tensor1D, moments.variance as Tensor1D, offset, scale, 1e-5);
}

function features(images: Tensor4D, training: boolean): Tensor2D {
  let x = tf.relu(normalise(convolve(images, 'conv1', 64, 7, 2), 'bn1', training));
  x = tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]) as Tensor4D, 3, 2, 'valid');
  [64, 128, 256, 512].forEach((out, stage) => {
    for (let block = 0; block < 2; block++) {
      const name = `layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      let y = tf.relu(normalise(convolve(x, `${name}.conv1`, out, 3, stride), `${name}.bn1`, training));
      y = normalise(convolve(y, `${name}.conv2`, out, 3, 1), `${name}.bn2`, training);
      const shortcut = stride === 1 ? x : normalise(convolve(x, `${name}.downsample.0`, out, 1, 2), `${name}.downsample.1`, training);
      x = tf.relu(tf.add(y, shortcut));
    }
  });
  return tf.mean(x, [1, 2]);
}

const classify = (x: Tensor2D): Tensor2D =>
  tf.add(tf.matMul(x, parameter('fc.weight', () => tf.randomUniform([512, 10], -0.04, 0.04)) as Tensor2D), parameter('fc.bias', () => tf.zeros([10])));

const batch = makeBatch();
const images = tf.div(tf.tensor4d(Float32Array.from(batch.images), [batchSize, 32, 32, 3]), 255) as Tensor4D;
const targets = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), 10);
// tfjs's Adam keeps its moments by position in the list of variables: each list needs an optimiser of its own.
const newOptimizer = () => tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
const optimizers = { full: newOptimizer(), frozen: newOptimizer() };

function train(optimizer: AdamOptimizer, variables: () => Variable[]): void {
  tf.tidy(() => {
    const loss = (): Scalar => tf.losses.softmaxCrossEntropy(targets, classify(features(images, true)));
    const { value, grads } = tf.variableGrads(loss, variables());
    const byName = new Map([...parameters.values()].map((variable) => [variable.name, variable]));
    optimizer.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [name, tf.add(gradient, tf.mul(byName.get(name) as Tensor, 1e-4))])));
    value.dataSync();
  });
}

tf.tidy(() => void classify(features(images, true)));
answer({
  full: () => train(optimizers.full, () => [...parameters.values()]),
  frozen: () => train(optimizers.frozen, () => [...parameters].filter(([name]) => name.startsWith('fc.')).map(([, variable]) => variable)),
  evaluate: () => tf.tidy(() => void classify(features(images, false)).dataSync()),
});
