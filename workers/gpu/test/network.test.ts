import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import type { ImageSource } from '@thaw/formats/imageSource';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchLengths } from '../src/data/batches.ts';
import { augmentationFeeds, drawFor } from '../src/data/drawAugmentation.ts';
import { compileProgram, eagerProgram, type Feeds } from '../src/engine/program.ts';
import { tf } from '../src/engine/tensorflow.ts';
import { evaluate, probabilities } from '../src/train/evaluate.ts';
import { evaluateStepName, liveTensors, Network, trainStepName, type TrainingPhase } from '../src/train/network.ts';
import { loadModel, saveModel } from '../src/train/networkState.ts';
import { updateFeed } from '../src/train/optimizer.ts';
import { formulaState } from './formulaWeights.ts';
import { largestDifference, pictures } from './inputs.ts';

const batch = 4;
const start = formulaState();

function specOf(request: Record<string, unknown>): RunSpec {
  const resolved = resolveSpec({ ...request, data: { batchSize: batch, ...(request['data'] as object | undefined) } });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
}

function networkOf(spec: RunSpec, images: number, build = compileProgram): Network {
  const { mean, std } = spec.data.normalization as { mean: number[]; std: number[] };
  const network = new Network({ spec, classes: 10, storedSize: { height: 32, width: 32 }, normalization: { mean, std }, batchSizes: [...new Set(batchLengths(images, batch))] }, build);
  loadModel(network, start);
  return network;
}

/** What a trainer feeds at step `step` of a phase. */
function feedsOf(network: Network, spec: RunSpec, phase: TrainingPhase, step: number, groupSteps: { body: number; head: number }): Feeds {
  const { augmentation } = spec.data;
  const draws = augmentation === null ? [] : Array.from({ length: batch }, (_, image) => drawFor(augmentation, spec.seed, step, image));
  const updates = network
    .learning(phase)
    .map(({ part, parameters: { name }, rateFactor }) => [`update/${name}`, Float32Array.from(updateFeed(spec.optimizer, (phase === 'frozen' ? 1e-3 : 1e-4) * rateFactor, groupSteps[part]))] as const);
  return { images: pictures(32, batch), labels: Int32Array.of(3, 0, 9, step % 10), ...augmentationFeeds(augmentation, draws, 32), ...Object.fromEntries(updates) };
}

/** Losses of three frozen steps and three full ones. */
function train(network: Network, spec: RunSpec): number[] {
  const phases: TrainingPhase[] = ['frozen', 'frozen', 'frozen', 'full', 'full', 'full'];
  return phases.map((phase, index) => network.program.run(trainStepName(phase, batch), feedsOf(network, spec, phase, index + 1, { head: index + 1, body: index - 2 }))['metrics']?.[0] as number);
}

describe.each([
  // TensorFlow sums the gradients of a graph in another order, and with running statistics fuses convolutions and batch norms, which
  // rounds otherwise; Adam's first full step, all signs, makes that visible in the two losses after it.
  ['train', 1e-6, 2e-3],
  ['eval', 1e-5, 2e-2],
  ['eval_always', 1e-5, 2e-2],
] as const)('the recorded network with frozenBatchNorm %s', (frozenBatchNorm, tolerance, laterTolerance) => {
  const spec = specOf({ schedule: { epochs: 2, freezeEpochs: 1, frozenBatchNorm } });
  const [compiled, eager] = [networkOf(spec, batch), networkOf(spec, batch, eagerProgram)];
  const [losses, expected] = [train(compiled, spec), train(eager, spec)];
  const [after, reference] = [saveModel(compiled), saveModel(eager)];
  for (const { program } of [compiled, eager]) program.close();

  it('computes what its steps compute op by op', () => {
    expect(new Set(losses).size).toBe(6);
    expect(largestDifference(losses.slice(0, 4), expected.slice(0, 4))).toBeLessThanOrEqual(tolerance);
    expect(largestDifference(losses, expected)).toBeLessThanOrEqual(laterTolerance);
    // A gradient near 0 has a sign of chance, and its weight may go the other way; not so the most.
    const distance = (one: typeof start, other: typeof start) => Math.sqrt([...one].filter(([name]) => !name.includes('running')).reduce((sum, [name, { data }]) => sum + data.reduce((part, value, index) => part + (value - (other.get(name)?.data[index] as number)) ** 2, 0), 0));
    expect(distance(after, reference) / distance(reference, start)).toBeLessThan(5e-3);
  });

  it('moves the statistics only where batch norms train, and everything else', () => {
    const unchanged = [...start].filter(([name, { data }]) => largestDifference(after.get(name)?.data ?? [], data) === 0).map(([name]) => name);
    expect(unchanged).toEqual(frozenBatchNorm === 'eval_always' ? [...start.keys()].filter((name) => name.includes('running')) : []);
  });
});

describe('a compiled network', () => {
  const spec = specOf({ schedule: { epochs: 2, freezeEpochs: 1 } });
  let network: Network;
  beforeAll(() => {
    network = networkOf(spec, 9);
  });
  afterAll(() => network.program.close());

  it('keeps no tensor alive over fifty steps', () => {
    const run = (index: number) => {
      network.program.run(trainStepName(index % 5 === 0 ? 'full' : 'frozen', batch), feedsOf(network, spec, index % 5 === 0 ? 'full' : 'frozen', index + 1, { head: index + 1, body: index + 1 }));
      if (index % 10 === 0) network.program.run(evaluateStepName, { images: pictures(32, batch) });
    };
    run(0);
    const before = [tf.memory().numTensors, liveTensors()];
    for (let index = 1; index <= 50; index++) run(index);
    expect([tf.memory().numTensors, liveTensors()]).toEqual(before);
  });

  it('has a step for the last batch of an epoch where it is larger: nine images in batches of four are four and five', () => {
    const feeds = { ...feedsOf(network, spec, 'frozen', 1, { head: 1, body: 0 }), ...augmentationFeeds(spec.data.augmentation, Array.from({ length: 5 }, (_, image) => drawFor(spec.data.augmentation as NonNullable<typeof spec.data.augmentation>, 0, 1, image)), 32) };
    const metrics = network.program.run(trainStepName('frozen', 5), { ...feeds, images: pictures(32, 5), labels: Int32Array.of(0, 1, 2, 3, 4) })['metrics'];
    expect(metrics).toHaveLength(2);
    expect(() => network.program.run(trainStepName('frozen', 3), feeds)).toThrow('no step');
  });
});

describe('evaluation', () => {
  const labels = Int32Array.from({ length: 70 }, (_, index) => (index * 7) % 10);
  const bytes = pictures(32, 70);
  const source: ImageSource = {
    count: 70,
    height: 32,
    width: 32,
    labels,
    readImages: (indices, into) => Array.from(indices).forEach((index, slot) => into.set(bytes.subarray(index * 3072, (index + 1) * 3072), slot * 3072)),
    close: () => undefined,
  };
  const part = { source, indices: Int32Array.from({ length: 69 }, (_, index) => index) };
  const networks = new Map<number, Network>();
  beforeAll(() => {
    for (const batchSize of [64, 2]) {
      const spec = specOf({ data: { batchSize }, schedule: { epochs: 1, freezeEpochs: 1 } });
      networks.set(batchSize, networkOf(spec, batchSize));
    }
  });
  afterAll(() => networks.forEach(({ program }) => program.close()));
  const network = (batchSize: number): Network => networks.get(batchSize) as Network;

  it('averages over samples, not over batches: a part has the same figures in batches of 64 and 5, and of 2 and 1', () => {
    const [large, small] = [evaluate(network(64), part, 64), evaluate(network(2), part, 2)];
    expect(Math.abs(large.loss - small.loss)).toBeLessThan(1e-5);
    expect(large.accuracy).toBe(small.accuracy);
    const rows = probabilities(network(64), part, part.indices, 64);
    const own = rows.map((row, index) => -Math.log(row[labels[index] as number] as number));
    expect(large.loss).toBeCloseTo(own.reduce((sum, loss) => sum + loss, 0) / 69, 6);
    expect(large.accuracy).toBe(rows.filter((row, index) => row.indexOf(Math.max(...row)) === labels[index]).length / 69);
  });

  it('gives an image the same probabilities alone and among 64 others', () => {
    const all = probabilities(network(64), part, part.indices, 64);
    for (const index of [0, 40, 68]) expect(largestDifference(probabilities(network(64), part, Int32Array.of(index), 64)[0] ?? [], all[index] ?? [])).toBeLessThan(1e-6);
    for (const row of all) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  });

  it('stays finite and certain for logits that overflow an exponential', () => {
    const logits = Float32Array.of(1000, 0, 0, 900, -50, 0);
    const fake = { program: { run: () => ({ logits }) } } as unknown as Network;
    const two = { source, indices: Int32Array.of(0, 3) }; // labels 0 and 1
    expect(evaluate(fake, two, 2)).toMatchObject({ loss: 475, accuracy: 0.5 });
  });
});
