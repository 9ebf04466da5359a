import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant } from '../src/engine/ops.ts';
import { tf } from '../src/engine/tensorflow.ts';
import { normalise, toFloat } from '../src/model/augment.ts';
import { FlatLayout, sizeOf, tensorShape, type HostTensor } from '../src/model/layout.ts';
import { batchCounters, classify, pool, runStages, stateEntries, type Entry, type State } from '../src/model/resnet.ts';
import { formulaState } from './formulaWeights.ts';
import { largestDifference, picture, pictures } from './inputs.ts';
import golden from './vectors/forward.json' with { type: 'json' };

const entries = stateEntries('resnet18', 10);
const formula = formulaState();
const parameters = (list: readonly Entry[]) => list.filter(({ role }) => role !== 'mean' && role !== 'variance');
const count = (list: readonly Entry[]) => list.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe("ResNet18's state", () => {
  it('has the entries of torchvision: 62 parameters, 40 statistics, 20 counters', () => {
    expect([parameters(entries).length, entries.length, batchCounters('resnet18').length]).toEqual([62, 102, 20]);
    expect([count(parameters(entries)), count(entries.filter(({ role }) => role === 'head')), count(entries.filter(({ role }) => role === 'mean'))]).toEqual([11_181_642, 5_130, 4_800]);
    expect(new Set([...entries.map(({ name }) => name), ...batchCounters('resnet18')]).size).toBe(122);
  });

  it("has torchvision's names and shapes, in its order", () => {
    const shapes = new Map(entries.map(({ name, shape }) => [name, shape]));
    expect([...shapes.keys()].slice(0, 6)).toEqual(['conv1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var', 'layer1.0.conv1.weight']);
    const named = ['conv1.weight', 'layer1.0.conv1.weight', 'layer2.0.conv1.weight', 'layer2.0.downsample.0.weight', 'layer4.1.conv2.weight', 'layer4.0.downsample.1.running_var', 'fc.weight', 'fc.bias'];
    expect(named.map((name) => shapes.get(name))).toEqual([[64, 3, 7, 7], [64, 64, 3, 3], [128, 64, 3, 3], [128, 64, 1, 1], [512, 512, 3, 3], [512], [10, 512], [10]]);
    expect(shapes.has('layer1.0.downsample.0.weight')).toBe(false);
  });
});

describe('the layout of weights', () => {
  const filter: Entry = { name: 'c', shape: [2, 3, 2, 2], role: 'convolution' };
  const head: Entry = { name: 'h', shape: [2, 3], role: 'head' };
  const offset: Entry = { name: 'o', shape: [3], role: 'offset' };
  const layout = new FlatLayout([filter, head, offset]);
  const counting = (shape: readonly number[]): HostTensor => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, index) => index) });
  const state = new Map([filter, head, offset].map(({ name, shape }) => [name, counting(shape)]));

  it('transposes convolutions from OIHW to HWIO and the head from [out, in] to [in, out]', () => {
    expect(tensorShape(filter)).toEqual([2, 2, 3, 2]);
    const flat = Array.from(layout.flatten(state));
    expect(flat.slice(0, 24)).toEqual([0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23]);
    expect(flat.slice(24)).toEqual([0, 3, 1, 4, 2, 5, 0, 1, 2]);
  });

  it('gives the parts of a vector their shapes in the graph', () => {
    tf.tidy(() => {
      const parts = layout.split(constant('float32', [layout.size], layout.flatten(state)));
      expect([...parts.values()].map(({ shape }) => shape)).toEqual([[2, 2, 3, 2], [3, 2], [3]]);
      expect((parts.get('c')?.arraySync() as number[][][][])[1]?.[0]?.[2]?.[1]).toBe(22);
    });
  });

  it('comes back to the bit', () => {
    expect(layout.unflatten(layout.flatten(state))).toEqual(state);
    const whole = new FlatLayout(entries);
    const back = whole.unflatten(whole.flatten(formula));
    for (const [name, { shape, data }] of formula) {
      expect(back.get(name)?.shape, name).toEqual(shape);
      expect(largestDifference(back.get(name)?.data ?? [], data), name).toBe(0);
    }
  });

  it('refuses a state that lacks an entry or has one of another size', () => {
    expect(() => layout.flatten(new Map([...state, ['h', counting([5])]]))).toThrow('the state has no h of 6 values');
    expect(() => layout.flatten(new Map())).toThrow('the state has no c of 24 values');
  });
});

describe('the forward pass', () => {
  let state: State;
  beforeAll(() => {
    tf.engine().startScope();
    const layout = new FlatLayout(entries);
    state = layout.split(constant('float32', [layout.size], layout.flatten(formula)));
  });
  afterAll(() => tf.engine().endScope());

  const logits = (pixels: Uint8Array, size: number): Float32Array =>
    tf.tidy(() => {
      const images = constant('uint8', [pixels.length / (size * size * 3), size, size, 3], pixels);
      const x = normalise(toFloat(images, size), golden.mean, golden.std);
      return classify(pool(runStages('resnet18', x, state, { training: false })), state).dataSync<'float32'>();
    });

  // The formula's values depend on the position of an entry: that the logits agree also says that the entries' order is torchvision's.
  it.each(golden.forward)("gives PyTorch's logits on images of $size", ({ size, logits: expected }) => {
    expect(largestDifference(logits(pictures(size, 2), size), expected.flat())).toBeLessThan(1e-4);
  });

  it('gives an image the same logits alone and among 64', () => {
    const batch = logits(pictures(32, 64), 32);
    for (const number of [0, 31, 63]) expect(largestDifference(logits(picture(32, number), 32), batch.slice(number * 10, number * 10 + 10))).toBeLessThan(1e-5);
  });

  it('in training gives every batch norm its new statistics', () => {
    tf.tidy(() => {
      const names: string[] = [];
      const x = normalise(toFloat(constant('uint8', [2, 32, 32, 3], pictures(32, 2)), 32), golden.mean, golden.std) as Tensor4D;
      const features = pool(runStages('resnet18', x, state, { training: true, update: (name, value) => (names.push(name), value.dispose()) }));
      expect((features as Tensor2D).shape).toEqual([2, 512]);
      expect(names.sort()).toEqual(entries.filter(({ role }) => role === 'mean' || role === 'variance').map(({ name }) => name).sort());
    });
  });
});
