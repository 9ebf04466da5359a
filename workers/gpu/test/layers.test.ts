import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant } from '../src/engine/ops.ts';
import { tf } from '../src/engine/tensorflow.ts';
import { batchNormInference, batchNormTraining, conv2d, crossEntropy, linear, maxPool, relu, type BatchNorm } from '../src/model/layers.ts';
import { floats, largestDifference, wave } from './inputs.ts';
import golden from './vectors/layers.json' with { type: 'json' };

beforeAll(() => tf.engine().startScope());
afterAll(() => tf.engine().endScope());

const tensor = (shape: readonly number[], values: ArrayLike<number>): Tensor4D => constant('float32', shape, Float32Array.from(values)) as Tensor4D;
const values = (x: Tensor): Float32Array => x.dataSync<'float32'>();
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe('batch norm of one channel', () => {
  const oneTwoThreeFour = tensor([4, 1, 1, 1], [1, 2, 3, 4]);
  const norm = (mean: number, variance: number): BatchNorm => ({ scale: tensor([1], [1]), offset: tensor([1], [0]), mean: tensor([1], [mean]), variance: tensor([1], [variance]) });
  const train = (x: Tensor4D, mean: number, variance: number) => {
    let moved: number[] = [];
    const y = batchNormTraining(x, norm(mean, variance), (...statistics) => (moved = statistics.map((item) => values(item)[0] as number)));
    return { y: values(y), moved: moved as [number, number] };
  };

  it('moves the running mean and the unbiased running variance by a tenth, batch after batch', () => {
    const first = train(oneTwoThreeFour, 0, 1);
    expect(first.moved[0]).toBeCloseTo(0.25, 6);
    expect(first.moved[1]).toBeCloseTo(1.0666666667, 6);
    const second = train(tensor([4, 1, 1, 1], [2, 4, 6, 8]), ...first.moved);
    expect(second.moved[0]).toBeCloseTo(0.725, 6);
    expect(second.moved[1]).toBeCloseTo(1.6266666667, 6);
    expect(largestDifference(second.y, [-1.34163944, -0.44721315, 0.44721315, 1.34163944])).toBeLessThan(1e-6);
  });

  it('in training normalises with the batch and moves its statistics, whatever they were', () => {
    const { y, moved } = train(oneTwoThreeFour, 2, 4);
    expect(largestDifference(y, [-1.341635, -0.447212, 0.447212, 1.341635])).toBeLessThan(2e-6);
    expect(largestDifference(moved, [2.05, 3.7666666667])).toBeLessThan(1e-6);
  });

  it('in evaluation normalises with the running statistics', () => {
    expect(largestDifference(values(batchNormInference(oneTwoThreeFour, norm(2, 4))), [-0.499999, 0, 0.499999, 0.999999])).toBeLessThan(1e-6);
  });
});

describe.each([
  ['training', golden.batchNormTraining],
  ['evaluation', golden.batchNormInference],
] as const)('batch norm in %s', (mode, expected) => {
  it("has PyTorch's outputs, statistics and gradients", () => {
    const x = tensor([2, 3, 3, 4], wave(72, 0.3));
    const [scale, offset] = [tensor([4], wave(4, 0.5).map((value) => value + 1.5)), tensor([4], wave(4, 0.9))];
    const [mean, variance] = [tensor([4], wave(4, 1.1).map((value) => value * 0.2)), tensor([4], wave(4, 1.3).map((value) => value * 0.3 + 1))];
    let [newMean, newVariance] = [mean, variance] as [Tensor, Tensor];
    const apply = (x: Tensor, scale: Tensor, offset: Tensor): Tensor =>
      mode === 'evaluation'
        ? batchNormInference(x as Tensor4D, { scale, offset, mean, variance })
        : batchNormTraining(x as Tensor4D, { scale, offset, mean, variance }, (...moved) => ([newMean, newVariance] = moved));
    const y = apply(x, scale, offset);
    const [dx, dScale, dOffset] = tf.grads(apply)([x, scale, offset], tensor([2, 3, 3, 4], wave(72, 2.1))) as [Tensor, Tensor, Tensor];
    const actual = { y, dx, dScale, dOffset, mean: newMean, variance: newVariance };
    for (const [name, value] of Object.entries(actual)) expect(largestDifference(values(value), floats(expected[name as keyof typeof actual])), name).toBeLessThan(1e-5);
  });
});

describe('convolution', () => {
  it('pads symmetrically with a stride of two, where SAME does not', () => {
    const image = tensor([1, 8, 8, 1], range(64));
    const rows = (kernel: number, padding: number) => Array.from(values(conv2d(image, tensor([kernel, kernel, 1, 1], range(kernel * kernel).fill(1)), 2, padding)));
    expect(rows(7, 3)).toEqual([216, 348, 448, 340, 516, 810, 1008, 750, 938, 1449, 1764, 1295, 830, 1275, 1540, 1125]);
    expect(rows(3, 1)).toEqual([18, 36, 48, 60, 99, 162, 180, 198, 195, 306, 324, 342, 291, 450, 468, 486]);
  });

  it.each(golden.convolutions)("has PyTorch's outputs and gradients: image $size, kernel $kernel, stride $stride, padding $padding", ({ size, kernel, stride, padding, ...expected }) => {
    const x = tensor([1, size, size, 2], wave(size * size * 2, 0.2));
    const filter = tensor([kernel, kernel, 2, 2], wave(kernel * kernel * 4, 0.4));
    const apply = (x: Tensor, filter: Tensor): Tensor => conv2d(x as Tensor4D, filter as Tensor4D, stride, padding);
    const y = apply(x, filter);
    const [dx, dWeight] = tf.grads(apply)([x, filter], tensor(y.shape, wave(y.size, 0.6))) as [Tensor, Tensor];
    for (const [name, value] of Object.entries({ y, dx, dWeight })) expect(largestDifference(values(value), floats(expected[name as 'y' | 'dx' | 'dWeight'])), name).toBeLessThan(2e-5);
  });

  // Few outputs, many of them at an edge: the ways of computing them differ, the definition does not.
  it.each([1, 2, 3, 4, 5].flatMap((size) => [[3, 1, 1], [3, 2, 1], [7, 2, 3], [1, 2, 0]].map(([kernel, stride, padding]) => ({ size, kernel, stride, padding }) as Record<'size' | 'kernel' | 'stride' | 'padding', number>)))(
    'is that of the padded image: image $size, kernel $kernel, stride $stride, padding $padding',
    ({ size, kernel, stride, padding }) => {
      const [x, filter] = [tensor([2, size, size, 3], wave(size * size * 6, 0.2)), tensor([kernel, kernel, 3, 4], wave(kernel * kernel * 12, 0.4))];
      const edges: [number, number] = [padding, padding];
      const padded = (x: Tensor, filter: Tensor): Tensor => tf.conv2d(tf.pad(x, [[0, 0], edges, edges, [0, 0]]) as Tensor4D, filter as Tensor4D, stride, 'valid');
      const own = (x: Tensor, filter: Tensor): Tensor => conv2d(x as Tensor4D, filter as Tensor4D, stride, padding);
      const [y, expected] = [own(x, filter), padded(x, filter)];
      expect(y.shape).toEqual(expected.shape);
      const dy = tensor(y.shape, wave(y.size, 0.6));
      const pairs = [[y, expected], ...tf.grads(own)([x, filter], dy).map((gradient, index) => [gradient, tf.grads(padded)([x, filter], dy)[index]])] as [Tensor, Tensor][];
      for (const [mine, theirs] of pairs) expect(largestDifference(values(mine), values(theirs))).toBeLessThan(2e-5);
    },
  );
});

describe('max pooling', () => {
  it('pads with minus infinity', () => {
    expect(Array.from(values(maxPool(tensor([1, 4, 4, 1], range(16).map((index) => -1 - index)))))).toEqual([-1, -2, -5, -6]);
  });

  it.each(golden.pools)("has PyTorch's outputs and gradient on negative images of $size", ({ size, ...expected }) => {
    const x = tensor([1, size, size, 2], wave(size * size * 2, 0.2).map((value) => value - 2));
    const y = maxPool(x);
    const dx = tf.grad((x: Tensor) => maxPool(x as Tensor4D))(x, tensor(y.shape, wave(y.size, 0.6)));
    for (const [name, value] of Object.entries({ y, dx })) expect(largestDifference(values(value), floats(expected[name as 'y' | 'dx'])), name).toBeLessThan(1e-6);
  });
});

describe('relu', () => {
  it('cuts off below zero and has no gradient there, nor at zero', () => {
    const x = tensor([1, 1, 1, 5], [-2, -0, 0, 0.5, 3]);
    expect(Array.from(values(relu(x))).map(Math.abs)).toEqual([0, 0, 0, 0.5, 3]);
    expect(Array.from(values(tf.grad((x: Tensor) => relu(x as Tensor4D))(x, tensor([1, 1, 1, 5], [1, 2, 3, 4, 5]))))).toEqual([0, 0, 0, 4, 5]);
  });
});

describe('cross entropy', () => {
  const { logits, labels, losses, gradient } = golden.crossEntropy;
  const x = tensor([logits.length, 3], logits.flat()) as unknown as Tensor2D;
  const targets = constant('int32', [labels.length], Int32Array.from(labels));

  it('takes logits, and is finite however large they are', () => {
    const actual = values(crossEntropy(x, targets));
    expect(largestDifference(actual, losses)).toBeLessThan(1e-5);
    expect(largestDifference(actual.slice(0, 3), [0.4076059645, 1.0986122887, 1000])).toBeLessThan(1e-6);
  });

  it("has PyTorch's gradient", () => {
    const mean = (logits: Tensor): Tensor => tf.mean(crossEntropy(logits as Tensor2D, targets));
    expect(largestDifference(values(tf.grad(mean)(x)), gradient.flat())).toBeLessThan(1e-6);
  });
});

describe('linear', () => {
  it('multiplies by the weight, [in, out], and adds the bias', () => {
    const y = linear(tensor([2, 3], [1, 2, 3, 4, 5, 6]) as unknown as Tensor2D, tensor([3, 2], [1, 0, 0, 1, 2, -1]) as unknown as Tensor2D, tensor([2], [10, 20]));
    expect(Array.from(values(y))).toEqual([17, 19, 26, 19]);
  });
});
