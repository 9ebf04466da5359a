import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCheckpoint } from '../src/checkpoint/readCheckpoint.ts';
import { readModel } from '../src/checkpoint/readModel.ts';
import { exportModel } from '../src/export/exportModel.ts';
import { backboneOf } from '../src/model/blockTables.ts';
import { sizeOf } from '../src/model/layout.ts';
import { stateEntries, stateShapes } from '../src/model/resnet.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFormulaWeights } from './formulaWeights.ts';
import { largestDifference, picture } from './inputs.ts';
import { eventsOf, runTrainer, type TrainerRun } from './runTrainer.ts';
import golden from './vectors/resnet34.json' with { type: 'json' };

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-resnet34-'));
const inFolder = (name: string): string => path.join(folder, name);
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe("ResNet34's state", () => {
  it("has torchvision's names, shapes and number of parameters", () => {
    const shapes = stateShapes('resnet34', 1000);
    expect(shapes.size).toBe(218);
    expect(shapes).toEqual(new Map(golden.entries as [string, number[]][]));
    const parameters = stateEntries('resnet34', 1000).filter(({ role }) => role !== 'mean' && role !== 'variance');
    expect(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(golden.parameters);
  });

  it('is told apart from that of other depths by its blocks', () => {
    expect([backboneOf(stateShapes('resnet34', 10).keys()), backboneOf(stateShapes('resnet18', 10).keys())]).toEqual(['resnet34', 'resnet18']);
    // ResNet50 has the same numbers of blocks.
    expect(backboneOf([...stateShapes('resnet34', 10).keys(), 'layer1.0.conv3.weight'])).toBeNull();
    expect([backboneOf([]), backboneOf(['fc.weight', 'layer9.1.conv1.weight'])]).toEqual([null, null]);
  });
});

/** CIFAR-10's binary form: a label, then the planes of the three colours. */
function writeRecords(file: string, from: number, to: number): void {
  const records = Array.from({ length: to - from }, (_, index) => {
    const pixels = picture(32, from + index);
    return Uint8Array.from({ length: 3073 }, (_, at) => (at === 0 ? (from + index) % 10 : (pixels[((at - 1) % 1024) * 3 + Math.floor((at - 1) / 1024)] as number)));
  });
  fs.writeFileSync(file, Buffer.concat(records));
}

describe('a step of SGD on ResNet34', () => {
  const spec = {
    model: { backbone: 'resnet34' },
    data: { batchSize: 16, shuffle: false, augmentation: null, monitor: 'test' },
    schedule: { epochs: 1, freezeEpochs: 0 },
    optimizer: { type: 'sgd', learningRate: golden.rate, momentum: 0.9, weightDecay: 0 },
    scheduler: { type: 'constant' },
  };
  const checkpoint = inFolder('out/checkpoints/1');
  const exported = inFolder('model.onnx');
  let run: TrainerRun;
  beforeAll(async () => {
    fs.mkdirSync(inFolder('data'));
    writeRecords(inFolder('data/data_batch_1.bin'), 0, 16);
    writeRecords(inFolder('data/test_batch.bin'), 16, 24);
    writeFormulaWeights(inFolder('weights.safetensors'), 10, 'resnet34');
    run = await runTrainer(folder, spec, ['--data', inFolder('data'), '--weights', inFolder('weights.safetensors'), '--out', inFolder('out')]);
    expect(run.stderr + String(run.exitCode)).toMatch(/0$/);
  }, 120_000);

  it("has PyTorch's losses before, in and after it", () => {
    const [before, after] = eventsOf(run.events, 'epoch').map(({ testLoss }) => Number(testLoss));
    const [step] = eventsOf(run.events, 'iteration');
    expect(step?.accuracy).toBe(golden.right / 16);
    for (const [actual, expected] of [[before, golden.testLossBefore], [Number(step?.loss), golden.loss]] as const) expect(Math.abs((actual as number) - expected)).toBeLessThan(1e-4);
    expect(Math.abs((after as number) - golden.testLossAfter)).toBeLessThan(5e-3);
  });

  // Of a million activations one lies so near to 0 that rounding decides its ReLU: that alone moves gradients below it by up to 1 %.
  it("has PyTorch's gradients through the whole depth, and its running statistics", () => {
    const { model, slots } = readCheckpoint(checkpoint);
    for (const [name, { norm, first }] of Object.entries(golden.gradients)) {
      // After one step the momentum is the gradient.
      const { data } = slots.get('momentum_buffer')?.get(name) as { data: Float32Array };
      expect(Math.abs(Math.hypot(...chunked(data)) / norm - 1), name).toBeLessThan(3e-3);
      expect(largestDifference(data.subarray(0, first.length), first) / Math.max(...first.map(Math.abs)), name).toBeLessThan(3e-2);
    }
    for (const [name, first] of Object.entries(golden.statistics)) expect(largestDifference(model.get(name)?.data.subarray(0, first.length) ?? [], first), name).toBeLessThan(1e-4);
  });

  it('says how many parameters train', () => {
    expect(eventsOf(run.events, 'phase')).toMatchObject([{ phase: 'full', trainableParameters: golden.parameters - 990 * 513, frozenParameters: 0 }]);
  });

  it('leaves a checkpoint that says what it is and can be exported', async () => {
    expect(readModel(path.join(checkpoint, 'model.safetensors'))).toMatchObject({ backbone: 'resnet34', spec: { model: { backbone: 'resnet34' } } });
    const { largestDifference: difference } = await exportModel({ checkpoint: path.join(checkpoint, 'model.safetensors'), format: 'onnx', out: exported, companions: ['card'] });
    expect(difference).toBeLessThan(1e-4);
    expect(fs.readFileSync(`${exported}.card.md`, 'utf8')).toContain('# resnet34, fine-tuned on cifar10');
  });
});

/** Norms of pieces, since a call takes only so many arguments. */
const chunked = (data: Float32Array): number[] => Array.from({ length: Math.ceil(data.length / 1000) }, (_, piece) => Math.hypot(...data.subarray(1000 * piece, 1000 * (piece + 1))));

it('refuses weights of another depth, and says which backbone they are for', async () => {
  writeFormulaWeights(inFolder('shallow.safetensors'));
  const args = (weights: string): string[] => ['--data', inFolder('data'), '--weights', inFolder(weights), '--out', inFolder('refused')];
  const { exitCode, stderr } = await runTrainer(folder, { model: { backbone: 'resnet34' }, data: { batchSize: 16 } }, args('shallow.safetensors'));
  const sentence = `${inFolder('shallow.safetensors')} holds the weights of a ResNet18, and the spec has model.backbone "resnet34": name a file for ResNet34, or set model.backbone to "resnet18"`;
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  const missing = await runTrainer(folder, { model: { backbone: 'resnet34' }, data: { batchSize: 16 } }, args('shallow.safetensors').toSpliced(2, 2));
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('--weights (a .pth or .safetensors of a ResNet34)')]);
});
