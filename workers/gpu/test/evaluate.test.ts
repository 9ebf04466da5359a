import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evaluation, type Evaluation } from '@thaw/contract/evaluation';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { checkPredictions, openPredictions } from '@thaw/formats/predictions';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { pictures } from './inputs.ts';
import { eventsOf, runTrainer, type TrainerRun } from './runTrainer.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-evaluate-'));
const data = path.join(folder, 'data');
const weights = path.join(folder, 'weights.safetensors');
const out = path.join(folder, 'out');
// Of epoch 1: the second one makes it worse.
const checkpoint = path.join(out, 'checkpoints/4/model.safetensors');
const cli = path.join(import.meta.dirname, '../src/cli.ts');
let run: TrainerRun;

beforeAll(async () => {
  cutCifar10(data, 160, 70);
  writeFormulaWeights(weights);
  // Random features tell the images apart, unlike those by formula.
  const spec = {
    model: { weights: 'none' },
    data: { batchSize: 32, monitor: 'val', valFraction: 0.2, augmentation: null },
    schedule: { epochs: 2, freezeEpochs: 2 },
    optimizer: { learningRate: 2e-3 },
  };
  run = await runTrainer(folder, spec, ['--data', data, '--out', out]);
}, 120_000);
afterAll(() => fs.rmSync(folder, { recursive: true }));

const read = (file: string): Evaluation => evaluation.parse(JSON.parse(fs.readFileSync(file, 'utf8')));

function runEvaluate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => execFile(process.execPath, [cli, 'evaluate', ...args], (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })));
}

/** The panel's probabilities, and those of the mistakes, whose order may differ where they are nearly the same. */
function expectSameProbabilities(actual: Evaluation, expected: Evaluation): void {
  const [one, other] = [actual, expected].map(({ panel }) => panel.find(({ epoch }) => epoch === 1)?.images.flatMap(({ probabilities }) => probabilities.map(Number)));
  expect(one?.length).toBe(100);
  one?.forEach((probability, place) => expect(Math.abs(probability - (other?.[place] ?? NaN))).toBeLessThan(1e-5));
  const surest = new Map(expected.mistakes.map((mistake) => [mistake.index, mistake]));
  for (const { index, probability, labelProbability } of actual.mistakes.slice(0, 40)) {
    expect(Math.abs(Number(probability) - Number(surest.get(index)?.probability))).toBeLessThan(1e-5);
    expect(Math.abs(Number(labelProbability) - Number(surest.get(index)?.labelProbability))).toBeLessThan(1e-5);
  }
}

describe('a run that has succeeded', () => {
  it('leaves the evaluation of its best checkpoint, whose figures are those of its last event', async () => {
    expect(run.exitCode, run.stderr).toBe(0);
    const written = read(path.join(out, 'evaluation.json'));
    expect(written.evaluated).toEqual({ part: 'test', images: 70, epoch: 1, step: 4, checkpoint: await sha256OfFile(checkpoint), monitor: 'val' });
    expect(eventsOf(run.events, 'finished')[0]).toMatchObject({ best: { epoch: 1 }, bestTest: { loss: written.loss, accuracy: written.top1 } });
    expect(written.classes.filter(({ predicted }) => predicted > 0).length).toBeGreaterThan(3);
  });

  it('leaves what each image was taken for beside it, as its confusion matrix and its mistakes say', async () => {
    const { confusion, mistakes } = read(path.join(out, 'evaluation.json'));
    const content = fs.readFileSync(path.join(out, 'predictions.safetensors'));
    checkPredictions(content, confusion);
    const file = await openPredictions((start, length) => Promise.resolve(content.subarray(start, start + length)), content.length);
    expect(file.images).toBe(70);
    for (const { index, label, predicted, probability, labelProbability } of mistakes.slice(0, 10)) {
      const found = (await file.ofCell(label, predicted, 0, 70)).find((one) => one.index === index);
      expect(found).toEqual({ index, probability: Math.fround(Number(probability)), labelProbability: Math.fround(Number(labelProbability)) });
    }
  });

  it('has the panel before training and after each epoch in it, as they were said', () => {
    const { panel } = read(path.join(out, 'evaluation.json'));
    expect(panel).toEqual(eventsOf(run.events, 'panel').map(({ epoch, images }) => ({ epoch, images })));
    expect(panel.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  });
});

it('is not there after a run that has failed, not even one of an earlier run', async () => {
  const failed = path.join(folder, 'failed');
  fs.mkdirSync(failed);
  const files = ['evaluation.json', 'predictions.safetensors'];
  for (const file of files) fs.copyFileSync(path.join(out, file), path.join(failed, file));
  const spec = { model: { weights: 'none' }, data: { augmentation: null }, schedule: { epochs: 1, freezeEpochs: 1 }, optimizer: { learningRate: 1e4 } };
  expect((await runTrainer(folder, spec, ['--data', data, '--out', failed])).exitCode).toBe(1);
  expect(files.filter((file) => fs.existsSync(path.join(failed, file)))).toEqual([]);
});

describe('evaluate', () => {
  it("finds the run's figures again from the checkpoint alone, whatever the batch", async () => {
    const files = [path.join(folder, 'in64.json'), path.join(folder, 'in1.json')] as const;
    const [in64, in1] = await Promise.all(files.map((file, index) => runEvaluate('--checkpoint', checkpoint, '--data', data, '--json', file, '--batch-size', ['64', '1'][index] as string)));
    expect([in64?.code, in1?.code], `${in64?.stderr}${in1?.stderr}`).toEqual([0, 0]);
    const [ofRun, large, small] = [path.join(out, 'evaluation.json'), ...files].map(read) as [Evaluation, Evaluation, Evaluation];
    for (const again of [large, small]) {
      expect(again.evaluated).toEqual(ofRun.evaluated);
      expect(again).toMatchObject({ top1: ofRun.top1, top5: ofRun.top5, confusion: ofRun.confusion, classes: ofRun.classes, macro: ofRun.macro });
      expect(Math.abs(Number(again.loss) - Number(ofRun.loss))).toBeLessThan(1e-5);
      expect(Math.abs(Number(again.calibration.ece) - Number(ofRun.calibration.ece))).toBeLessThan(1e-5);
      expect(again.panel).toHaveLength(1);
      expectSameProbabilities(again, ofRun);
    }
    expect(in64?.stdout).toContain(`loss ${Number(large.loss).toFixed(4)}, top-1 ${(100 * large.top1).toFixed(1)} %`);
    expect(in64?.stdout).toMatch(/\nairplane +\d+ /);
  });

  it('takes the first images of each class where a limit is given', async () => {
    const file = path.join(folder, 'limited.json');
    expect((await runEvaluate('--checkpoint', checkpoint, '--data', data, '--json', file, '--test-limit', '20')).code).toBe(0);
    expect(read(file).classes.map(({ support }) => support)).toEqual(Array.from({ length: 10 }, () => 2));
  });

  it('refuses data of other classes, and names both', async () => {
    const pets = writePets(path.join(folder, 'pets'));
    const refused = await runEvaluate('--checkpoint', checkpoint, '--data', pets, '--json', path.join(folder, 'no.json'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('different classes: [airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck] and [cat, dog]');
    expect(fs.existsSync(path.join(folder, 'no.json'))).toBe(false);
  });

  it.each([
    ['weights that are no checkpoint', ['--checkpoint', weights, '--data', data], /does not say its classes and transform/],
    ['a batch of none', ['--checkpoint', checkpoint, '--data', data, '--batch-size', '0'], /--batch-size is a whole number from 1 to 1024, not 0\n\nusage/],
    ['a file that is not there', ['--checkpoint', `${checkpoint}.not`, '--data', data], /cannot be opened/],
  ])('refuses %s', async (_, args, message) => {
    const refused = await runEvaluate(...args, '--json', path.join(folder, 'no.json'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(message);
  });
});

/** A folder of packs with two classes. */
function writePets(pets: string): string {
  fs.mkdirSync(pets);
  const packs = (['train', 'test'] as const).map((split) => {
    const images = { name: 'images', dtype: 'U8' as const, shape: [2, 32, 32, 3], data: pictures(32, 2) };
    const labels = { name: 'labels', dtype: 'I64' as const, shape: [2], data: BigInt64Array.of(0n, 1n) };
    return { split, key: split, ...writeSafetensors(path.join(pets, `${split}.safetensors`), [images, labels]), images: 2, classCounts: [1, 1] };
  });
  const manifest = { format: 'thaw-dataset-1', dataset: 'pets', version: 1, classes: ['cat', 'dog'], height: 32, width: 32, packs, source: 'test', report: [] };
  fs.writeFileSync(path.join(pets, 'manifest.json'), JSON.stringify(manifest));
  return pets;
}
