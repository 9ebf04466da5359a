import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { afterEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import { firstProgress } from '../src/checkpoint/progress.ts';
import type { Feeds } from '../src/engine/program.ts';
import type { HostTensor } from '../src/model/layout.ts';
import { stageOf, stages } from '../src/model/resnet.ts';
import { averagingFeed } from '../src/train/averaging.ts';
import { evaluateStepName, Network, trainStepName } from '../src/train/network.ts';
import { loadModel, restore, saveModel, saveSlots } from '../src/train/networkState.ts';
import { updateFeed } from '../src/train/optimizer.ts';
import { formulaState } from './formulaWeights.ts';
import { largestDifference, pictures } from './inputs.ts';

const batch = 2;
const start = formulaState();
const networks: Network[] = [];
afterEach(() => networks.splice(0).forEach(({ program }) => program.close()));

function networkOf(request: Record<string, unknown>): { spec: RunSpec; network: Network } {
  const data = { batchSize: batch, augmentation: null };
  const resolved = resolveSpec({ data, schedule: { epochs: 1, freezeEpochs: 0 }, ...request });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  const { spec } = resolved;
  const normalization = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const network = new Network({ spec, classes: 10, storedSize: { height: 32, width: 32 }, normalization, batchSizes: [batch] });
  networks.push(network);
  loadModel(network, start);
  return { spec, network };
}

function step(network: Network, spec: RunSpec, count: number): void {
  const updates = network.learning('full').map(({ parameters: { name }, rateFactor }) => [`update/${name}`, Float32Array.from(updateFeed(spec.optimizer, 1e-3 * rateFactor, count))] as const);
  const feeds: Feeds = { images: pictures(32, batch), labels: Int32Array.of(1, 7), ...Object.fromEntries(updates), ...(spec.ema === null ? {} : { averaging: averagingFeed(spec.ema, count) }) };
  network.program.run(trainStepName('full', batch), feeds);
}

function expectSameBytes(actual: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data }] of actual) expect(Buffer.from(data.buffer).equals(Buffer.from((expected.get(name) as HostTensor).data.buffer)), name).toBe(true);
}

const moved = (network: Network): string[] => [...saveModel(network)].filter(([name, { data }]) => largestDifference(data, start.get(name)?.data ?? []) > 0).map(([name]) => name);
const logitsOf = (network: Network, images: Uint8Array): Float32Array => network.program.run(evaluateStepName, { images })['logits'] as Float32Array;

describe('stages that stay frozen for good', () => {
  const isKept = (name: string): boolean => !name.startsWith('fc') && stageOf(name) <= stages.indexOf('layer2');
  const isStatistic = (name: string): boolean => name.includes('running');

  it('do not move when everything above them does; their running statistics do where batch norms train throughout', () => {
    const { network, spec } = networkOf({ schedule: { epochs: 1, freezeEpochs: 0, keepFrozen: 'layer2' } });
    step(network, spec, 1);
    expect(moved(network).sort()).toEqual([...start.keys()].filter((name) => !isKept(name) || isStatistic(name)).sort());
  });

  it('keep their running statistics too with frozenBatchNorm eval, while those above move', () => {
    const { network, spec } = networkOf({ schedule: { epochs: 1, freezeEpochs: 0, keepFrozen: 'layer2', frozenBatchNorm: 'eval' } });
    step(network, spec, 1);
    expect(moved(network).sort()).toEqual([...start.keys()].filter((name) => !isKept(name)).sort());
  });

  it('give the others the gradients that they have when all learn', () => {
    const [kept, all] = [networkOf({ schedule: { epochs: 1, freezeEpochs: 0, keepFrozen: 'layer2' } }), networkOf({})];
    for (const { network, spec } of [kept, all]) step(network, spec, 1);
    const [mine, theirs] = [saveModel(kept.network), saveModel(all.network)];
    for (const [name, { data }] of theirs) if (!isKept(name)) expect(largestDifference(mine.get(name)?.data ?? [], data), name).toBeLessThan(1e-6);
  });
});

describe('stages with rates of their own', () => {
  it('move by their multiples of the rate: the first step of Adam is the rate, whatever the gradient', () => {
    const { network, spec } = networkOf({ optimizer: { stageLearningRateDecay: 0.5, weightDecay: 0, headLearningRateFactor: 2 } });
    step(network, spec, 1);
    const after = saveModel(network);
    const factors = { 'conv1.weight': 1 / 16, 'layer1.0.conv1.weight': 1 / 8, 'layer2.0.conv1.weight': 1 / 4, 'layer3.0.conv1.weight': 1 / 2, 'layer4.0.conv1.weight': 1, 'fc.weight': 2 };
    for (const [name, factor] of Object.entries(factors)) expect(largestDifference(after.get(name)?.data ?? [], start.get(name)?.data ?? []) / 1e-3, name).toBeCloseTo(factor, 2);
  });
});

describe('the moving average', () => {
  it('is what is saved and evaluated: each step takes its share of the way to the new values', () => {
    const [averaged, plain] = [networkOf({ ema: { decay: 0.5 } }), networkOf({})];
    const values = [start, ...[1, 2].map((count) => (step(plain.network, plain.spec, count), saveModel(plain.network)))];
    for (const count of [1, 2]) step(averaged.network, averaged.spec, count);
    const average = saveModel(averaged.network);
    // Decays min(0.5, 2/11) and min(0.5, 3/12).
    const expected = (name: string, index: number): number => {
      const [a, b, c] = values.map((state) => state.get(name)?.data[index] as number) as [number, number, number];
      return ((a * 2 + b * 9) / 11) * 0.25 + c * 0.75;
    };
    for (const name of ['conv1.weight', 'layer3.0.bn1.running_var', 'fc.weight']) for (const index of [0, 7, 63]) expect(average.get(name)?.data[index]).toBeCloseTo(expected(name, index), 6);
    const images = pictures(32, batch);
    const logits = logitsOf(averaged.network, images);
    loadModel(plain.network, average);
    expect(logits).toEqual(logitsOf(plain.network, images));
  });

  it('and what it is of both come back with a checkpoint, to the bit', { timeout: 120_000 }, () => {
    const [one, other] = [networkOf({ ema: { decay: 0.9 } }), networkOf({ ema: { decay: 0.9 } })];
    step(one.network, one.spec, 1);
    const groupSteps = { body: 1, head: 1 };
    const checkpoint: Checkpoint = { model: saveModel(one.network), slots: saveSlots(one.network, groupSteps), progress: { ...firstProgress(1e-3), groupSteps }, history: [] };
    restore(other.network, checkpoint);
    for (const { network, spec } of [one, other]) step(network, spec, 2);
    expectSameBytes(saveModel(other.network), saveModel(one.network));
    const slots = saveSlots(one.network, groupSteps);
    for (const [slot, values] of saveSlots(other.network, groupSteps)) expectSameBytes(values, slots.get(slot) ?? new Map());
    expect([...slots.keys()]).toEqual(['exp_avg', 'exp_avg_sq', 'unaveraged']);
  });
});

describe('test-time flip', () => {
  it('gives the mean of the logits of a picture and of its mirror image', () => {
    const [flipped, plain] = [networkOf({ evaluation: { flip: true } }), networkOf({})];
    const images = pictures(32, batch);
    const mirror = images.map((_, index) => images[index - (Math.floor(index / 3) % 32) * 6 + 93] as number);
    const [own, other] = [logitsOf(plain.network, images), logitsOf(plain.network, mirror)];
    expect(largestDifference(own, other)).toBeGreaterThan(1e-3);
    expect(largestDifference(logitsOf(flipped.network, images), own.map((value, index) => (value + (other[index] as number)) / 2))).toBeLessThan(1e-5);
  });
});
