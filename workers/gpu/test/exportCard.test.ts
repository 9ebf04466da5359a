import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Evaluation } from '@thaw/contract/evaluation';
import type { EpochRecord } from '@thaw/contract/events';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../src/checkpoint/readModel.ts';
import { Tally } from '../src/evaluate/tally.ts';
import { findEpochs } from '../src/export/companions.ts';
import { exportModel, type ExportOrder } from '../src/export/exportModel.ts';
import { modelCard, type CardFacts } from '../src/export/modelCard.ts';
import { writeModelCheckpoint } from './exportCheckpoint.ts';
import { formulaState } from './formulaWeights.ts';

const classes = ['1. cat\n# x', '<b>|`dog`'];
const epochOf = (epoch: number): EpochRecord => ({
  ...{ epoch, phase: epoch === 0 ? 'initial' : 'full', learningRate: epoch === 0 ? null : 1e-4, trainLoss: 2 / (epoch + 1), trainAccuracy: 0.5 },
  ...{ valLoss: 'NaN', valAccuracy: epoch / 1000, testLoss: null, testAccuracy: null, imagesPerSecond: 100, seconds: 1 },
});
const history = [0, 1, 2, 3].map((epoch) => ({ type: 'epoch' as const, step: 4 * epoch, ...epochOf(epoch) }));

function evaluationOf(checkpoint: string): Evaluation {
  const tally = new Tally(2);
  [[0, 3, 1], [0, 2, 1], [1, 4, 1], [1, 0, 3]].forEach(([label, ...logits], index) => tally.add(index, label as number, Float32Array.from(logits)));
  return { format: 'thaw-evaluation-1', evaluated: { part: 'test', images: 4, epoch: 3, step: 12, checkpoint, monitor: 'test' }, ...tally.figures(classes), panel: [] };
}

let folder: string;
let checkpoint: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-card-'));
  checkpoint = writeModelCheckpoint(path.join(folder, 'run/checkpoints'), formulaState(2), classes, 64, history);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('what lies beside an export', () => {
  const order = (name: string, more: Partial<ExportOrder> = {}): ExportOrder => ({ checkpoint, format: 'safetensors', out: path.join(folder, name, 'model.safetensors'), companions: ['card', 'predict'], ...more });
  const card = (name: string): string => fs.readFileSync(path.join(folder, name, 'model.safetensors.card.md'), 'utf8');

  it('is a card with the figures that the run left of this checkpoint, and predict.py', async () => {
    fs.writeFileSync(path.join(folder, 'run/evaluation.json'), JSON.stringify(evaluationOf(await sha256OfFile(checkpoint))));
    const { sha256 } = await exportModel(order('whole'));
    expect(fs.readdirSync(path.join(folder, 'whole'))).toEqual(['model.safetensors', 'model.safetensors.card.md', 'predict.py']);
    for (const fact of [sha256, '| top-1 accuracy | 75.00 % |', 'somewhat too good', '| 3 | full | 0.000100 | 0.5000 | 50.00 % | NaN | 0.30 % |  |  |', '| schedule.epochs | 6 |']) expect(card('whole')).toContain(fact);
  });

  it('says nothing of another checkpoint: its evaluation is passed over where it lies about, and refused where it is named', async () => {
    const other = path.join(folder, 'run/evaluation.json');
    fs.writeFileSync(other, JSON.stringify(evaluationOf('0'.repeat(64))));
    await exportModel(order('other'));
    expect(card('other')).toContain('came without an evaluation');
    await expect(exportModel(order('refused', { evaluation: other }))).rejects.toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringContaining('evaluation of another checkpoint') }));
    await expect(exportModel(order('refused', { evaluation: checkpoint }))).rejects.toThrow('is no evaluation');
    expect(fs.readdirSync(path.join(folder, 'refused'))).toEqual([]);
  });

  it('knows no curves where the model is alone or beside the state of another step', async () => {
    const alone = path.join(folder, 'alone.safetensors');
    fs.copyFileSync(checkpoint, alone);
    await exportModel(order('alone', { checkpoint: alone, companions: ['card'] }));
    expect(card('alone')).toContain('came without the curves');
    expect(fs.readdirSync(path.join(folder, 'alone'))).not.toContain('predict.py');
    const saved = readModel(checkpoint);
    expect([findEpochs(checkpoint, saved)?.length, findEpochs(checkpoint, { ...saved, step: 13 })]).toEqual([4, null]);
  });

  it('runs in Python, and says what it needs', () => {
    const python = (...args: string[]) => spawnSync('python3', [path.join(folder, 'whole/predict.py'), ...args], { encoding: 'utf8' });
    expect(python('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('usage: predict.py') });
    expect(python('model.txt', 'picture.png')).toMatchObject({ status: 1, stderr: expect.stringContaining('model.txt is none of .onnx, .pth, .safetensors') });
  });
});

describe('a card', () => {
  const facts = (more: Partial<CardFacts> = {}): CardFacts => ({ saved: readModel(checkpoint), format: 'onnx', file: { name: 'model.onnx', bytes: 5, sha256: 'f'.repeat(64) }, epochs: null, evaluation: null, ...more });

  it('shows names of others as text, whatever they look like', () => {
    const text = modelCard(facts({ evaluation: evaluationOf('0'.repeat(64)) }));
    expect(text).toContain('0 1. cat \\# x, 1 \\<b\\>\\|\\`dog\\`.');
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toEqual(['# resnet18, fine-tuned on cifar10']);
    expect(text.split('\n').filter((line) => line.startsWith('| \\<b'))).toEqual(['| \\<b\\>\\|\\`dog\\` | 2 | 100.00 % | 50.00 % | 66.67 % |']);
  });

  it('leaves epochs of a long run out, never the first or the last', () => {
    const text = modelCard(facts({ epochs: Array.from({ length: 1000 }, (_, epoch) => epochOf(epoch)) }));
    const rows = text.split('\n').filter((line) => /^\| \d+ \| (initial|full) /.test(line));
    expect(rows.length).toBeLessThanOrEqual(51);
    expect([rows[0], rows.at(-1)].map((row) => row?.slice(0, 6))).toEqual(['| 0 | ', '| 999 ']);
    expect(text).toContain('One in 20 epochs is shown');
  });

  it('says of accuracies with a test-time flip that the file itself judges once', () => {
    const saved = readModel(checkpoint);
    expect(modelCard(facts())).not.toContain('test-time flip');
    expect(modelCard(facts({ saved: { ...saved, spec: { ...saved.spec, evaluation: { flip: true } } } }))).toContain('(test-time flip); the file itself judges an image once');
  });

  it('leaves to its owner what only they can decide', () => {
    const saved = readModel(checkpoint);
    const text = modelCard(facts({ saved: { ...saved, spec: { ...saved.spec, model: { backbone: 'resnet18', weights: 'none' }, data: { ...saved.spec.data, dataset: 'my pets' } } } }));
    expect(text).toContain('| this model | *to be stated by its owner* |\n| training data: my pets | *to be stated by the owner of the data* |\n| first weights: none | none: random |');
    expect(text).toContain('# resnet18, trained on my pets');
  });
});
