import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { eventsOf, runTrainer } from './runTrainer.ts';
import { pickle, torchLegacy, torchZip } from './torchFiles.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-wrong-'));
const inFolder = (name: string): string => path.join(folder, name);

/** A call of Python's print, where a state dict should be. */
const code = pickle.call(pickle.global('builtins', 'print'), pickle.text('hi'));

beforeAll(() => {
  cutCifar10(inFolder('data'), 64, 16);
  cutCifar10(inFolder('cut'), 64, 16);
  fs.truncateSync(inFolder('cut/data_batch_1.bin'), 64 * 3073 - 1);
  cutCifar10(inFolder('noTest'), 64, 16);
  fs.rmSync(inFolder('noTest/test_batch.bin'));
  cutCifar10(inFolder('badLabel'), 64, 16);
  fs.writeFileSync(inFolder('badLabel/test_batch.bin'), Buffer.alloc(3073, 200));
  writeFormulaWeights(inFolder('weights.safetensors'));
  fs.writeFileSync(inFolder('text.pth'), 'these are no weights');
  fs.writeFileSync(inFolder('code.pth'), torchZip(code));
  fs.writeFileSync(inFolder('oldCode.pth'), torchLegacy(code));
  fs.copyFileSync(inFolder('weights.safetensors'), inFolder('half.safetensors'));
  fs.truncateSync(inFolder('half.safetensors'), 20_000_000);
  fs.mkdirSync(inFolder('earlier/checkpoints/4'), { recursive: true });
  fs.writeFileSync(inFolder('aFile'), '');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const good = { data: { batchSize: 32 } };
const inputs = { data: 'data', weights: 'weights.safetensors', out: 'out' };

describe('wrong input', () => {
  it.each([
    ['an unknown preset', { preset: 'turbo' }, {}, 'unknown preset "turbo"; choose one of tutorial, quick'],
    ['a negative rate', { optimizer: { learningRate: -1 } }, {}, 'optimizer.learningRate: '],
    ['no epochs', { schedule: { epochs: 0 } }, {}, 'schedule.epochs: '],
    ['a misspelt field', { shedule: {} }, {}, 'shedule: unknown field "shedule"'],
    ['more frozen epochs than epochs', { schedule: { epochs: 2, freezeEpochs: 3 } }, {}, 'schedule.freezeEpochs: 3 frozen epochs are more than the 2 epochs'],
    ['a spec that is no JSON', '{', {}, 'cannot be read'],
    ['a batch larger than the data', { data: { batchSize: 65 } }, {}, 'a batch of 65 is larger than the 64 training images'],
    ['a data folder that is not there', good, { data: 'nowhere' }, 'there is no data folder'],
    ['a data folder that is a file', good, { data: 'aFile' }, 'there is no data folder'],
    ['a data folder without a test file', good, { data: 'noTest' }, 'has no test_batch.bin'],
    ['a file cut short', good, { data: 'cut' }, 'no whole records of 3073 bytes'],
    ['a label that is none', good, { data: 'badLabel' }, 'has the label 200 at record 0'],
    ['a weights file that is not there', good, { weights: 'nowhere.pth' }, 'nowhere.pth'],
    ['no weights where the spec asks for some', good, { weights: undefined }, 'name the file with --weights'],
    ['weights where the spec asks for none', { ...good, preset: 'scratch', model: { weights: 'none' } }, {}, 'the spec has model.weights "none", but a weights file is given'],
    ['a .pth that is none', good, { weights: 'text.pth' }, 'text.pth'],
    ['a .pth with code in it', good, { weights: 'code.pth' }, /builtins\.print/],
    ['an old .pth with code in it', good, { weights: 'oldCode.pth' }, /builtins\.print/],
    ['a weights file cut short', good, { weights: 'half.safetensors' }, 'half.safetensors'],
    ['a folder with checkpoints of an earlier run', good, { out: 'earlier' }, 'go on from them with --resume'],
    ['a file in the place of the output folder', good, { out: 'aFile' }, 'nothing can be written to'],
  ] as const)('%s: exit code 2, one message, nothing written', async (_case, spec, other: Partial<Record<keyof typeof inputs, string | undefined>>, message) => {
    const given = { ...inputs, ...other };
    const args = Object.entries(given).flatMap(([name, file]) => (file === undefined ? [] : [`--${name}`, inFolder(file)]));
    const before = fs.readdirSync(folder, { recursive: true });
    const { exitCode, events, stderr } = await runTrainer(folder, spec, args);
    expect(exitCode, stderr).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(['finished']);
    const failure = eventsOf(events, 'finished')[0]?.failure;
    expect(failure?.message).toMatch(message);
    expect(failure?.code).toMatch(/^invalid_(spec|data|weights)$/);
    // The same words for a person, and no stack trace.
    expect(stderr).toContain(failure?.message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(fs.readdirSync(folder, { recursive: true }).filter((name) => name !== 'spec.json')).toEqual(before.filter((name) => name !== 'spec.json'));
  });

  it('names all faults of a spec at once', async () => {
    const { stderr } = await runTrainer(folder, { schedule: { epochs: 0 }, optimizer: { learningRate: -1 }, data: { imageSize: 7 } }, ['--data', inFolder('data'), '--out', inFolder('out')]);
    for (const field of ['schedule.epochs', 'optimizer.learningRate', 'data.imageSize']) expect(stderr).toContain(`${field}: `);
  });

  it('shows how it is used where arguments are missing or unknown', async () => {
    for (const args of [[], ['--data', folder, '--out', folder, '--sped', 'x']]) {
      const { exitCode, events, stderr } = await runTrainer(folder, good, args);
      expect([exitCode, events]).toEqual([2, []]);
      expect(stderr).toContain('usage:');
    }
  });
});
