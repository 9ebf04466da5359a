import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evaluation } from '@thaw/contract/evaluation';
import { openSafetensors } from '@thaw/formats/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from './cifarCut.ts';
import { formulaState, writeFormulaWeights } from './formulaWeights.ts';
import { eventsOf, runTrainer, type TrainerRun } from './runTrainer.ts';
import trace from './vectors/resnet18_formula_trace.json' with { type: 'json' };

// PyTorch's own numbers (see the file): ten frozen steps, the thaw, ten full steps, on real CIFAR-10.
const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-trace-'));
const data = path.join(folder, 'data');
const weights = path.join(folder, 'weights.safetensors');

beforeAll(() => {
  cutCifar10(data, 640, 256);
  writeFormulaWeights(weights);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each([
  ['train', trace.runs.frozen_bn_train],
  ['eval', trace.runs.frozen_bn_eval],
] as const)('two epochs with frozenBatchNorm %s', (frozenBatchNorm, expected) => {
  const out = path.join(folder, frozenBatchNorm);
  let run: TrainerRun;
  beforeAll(async () => {
    const spec = {
      data: { shuffle: false, augmentation: null, monitor: 'test' },
      schedule: { epochs: 2, freezeEpochs: 1, unfreezeLearningRate: 1e-4, frozenBatchNorm },
      scheduler: { type: 'constant' },
    };
    run = await runTrainer(folder, spec, ['--data', data, '--weights', weights, '--out', out]);
    expect(run.stderr + String(run.exitCode)).toMatch(/0$/);
  }, 120_000);

  const model = (step: number) => openSafetensors(path.join(out, `checkpoints/${step}/model.safetensors`));

  it('has PyTorch\'s frozen losses, and its first full one', () => {
    const losses = eventsOf(run.events, 'iteration').map(({ loss }) => Number(loss));
    expect(losses).toHaveLength(20);
    for (const { step, loss } of expected.train.slice(0, 11)) expect(Math.abs((losses[step - 1] as number) - loss), `step ${step}`).toBeLessThan(2e-3);
  });

  it("has PyTorch's test losses before training and after the frozen epoch", () => {
    const [start, frozen] = eventsOf(run.events, 'epoch');
    expect(Math.abs(Number(start?.testLoss) - expected.checkpoints.start.test_loss)).toBeLessThan(1e-3);
    expect(start?.testAccuracy).toBeCloseTo(expected.checkpoints.start.test_correct / 256, 6);
    expect(Math.abs(Number(frozen?.testLoss) - expected.checkpoints.after_frozen.test_loss)).toBeLessThan(1e-3);
  });

  it('leaves an evaluation of its last epoch, which its monitor, the test part, has seen already', () => {
    const written = evaluation.parse(JSON.parse(fs.readFileSync(path.join(out, 'evaluation.json'), 'utf8')));
    const last = eventsOf(run.events, 'epoch').at(-1);
    expect(written.evaluated).toMatchObject({ epoch: 2, step: 20, images: 256, monitor: 'test' });
    expect([written.loss, written.top1]).toEqual([last?.testLoss, last?.testAccuracy]);
    expect(eventsOf(run.events, 'finished')[0]?.bestTest).toBeNull();
  });

  it("has PyTorch's running statistics after the frozen epoch, and its batch counts", () => {
    const [frozen, thawed] = [model(10), model(20)];
    const counts = [frozen, thawed].map((file) => Number((file.read('bn1.num_batches_tracked') as BigInt64Array)[0]));
    expect(counts).toEqual([expected.checkpoints.after_frozen.num_batches_tracked, expected.checkpoints.end.num_batches_tracked]);
    for (const name of ['bn1.running_mean', 'bn1.running_var', 'layer4.1.bn2.running_var'] as const) {
      const values = frozen.read(name) as Float32Array;
      const { mean, first } = expected.checkpoints.after_frozen.tensors[name];
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length - mean), name).toBeLessThan(1e-4);
      first.forEach((value, index) => expect(Math.abs((values[index] as number) - value), name).toBeLessThan(1e-4));
    }
    [frozen, thawed].forEach((file) => file.close());
  });

  it('leaves frozen tensors as they were, to the byte, and thaws all of them', () => {
    const before = formulaState();
    const [frozen, thawed] = [model(10), model(20)];
    const same = (file: typeof frozen, name: string, values: Float32Array) => {
      const read = file.read(name) as Float32Array;
      return Buffer.from(read.buffer).equals(Buffer.from(values.buffer));
    };
    for (const [name, { data: values }] of before) {
      const mayMove = name.startsWith('fc.') || (name.includes('running') && frozenBatchNorm === 'train');
      expect(same(frozen, name, values), name).toBe(!mayMove);
      expect(same(thawed, name, values), name).toBe(false);
    }
    [frozen, thawed].forEach((file) => file.close());
  });

  it("moves the head and, after the thaw, the backbone as PyTorch's Adam does", () => {
    const [frozen, thawed] = [model(10), model(20)];
    const close = (file: typeof frozen, name: keyof typeof expected.checkpoints.end.tensors, checkpoint: typeof expected.checkpoints.end, tolerance: number) =>
      checkpoint.tensors[name].first.forEach((value, index) => expect(Math.abs(((file.read(name) as Float32Array)[index] as number) - value), name).toBeLessThan(tolerance));
    close(frozen, 'fc.weight', expected.checkpoints.after_frozen, 1e-4);
    close(frozen, 'fc.bias', expected.checkpoints.after_frozen, 1e-4);
    // Adam moves each weight by about the rate a step, 1e-3 in ten steps: the direction must be right.
    close(thawed, 'conv1.weight', expected.checkpoints.end, 5e-4);
    [frozen, thawed].forEach((file) => file.close());
  });

  it('says how many parameters train and how many are frozen', () => {
    expect(eventsOf(run.events, 'phase')).toMatchObject([
      { phase: 'frozen', epoch: 1, trainableParameters: 5_130, frozenParameters: 11_176_512, learningRate: 1e-3 },
      { phase: 'full', epoch: 2, trainableParameters: 11_181_642, frozenParameters: 0, learningRate: 1e-4 },
    ]);
  });
});
