import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOnnxMetadata } from '@thaw/formats/onnxMetadata';
import { openSafetensors } from '@thaw/formats/safetensors';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel, type SavedModel } from '../src/checkpoint/readModel.ts';
import { exportFormats } from '../src/export/exportFormats.ts';
import { exportModel } from '../src/export/exportModel.ts';
import { formatNames, type FormatName } from '../src/export/exportNames.ts';
import { onnxLogits } from '../src/export/onnxLogits.ts';
import { readWeights } from '../src/weights/readWeights.ts';
import { writeModelCheckpoint } from './exportCheckpoint.ts';
import { formulaState } from './formulaWeights.ts';
import { largestDifference, pictures } from './inputs.ts';
import golden from './vectors/forward.json' with { type: 'json' };

const models = {
  ten: { classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'], imageSize: 32 },
  two: { classes: ['Mönch & "Nonne"', '猫 | <b>'], imageSize: 64 },
};
type ModelName = keyof typeof models;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-export-'));
  for (const name of Object.keys(models) as ModelName[]) {
    const { classes, imageSize } = models[name];
    const state = formulaState(classes.length);
    states.set(name, state);
    writeModelCheckpoint(path.join(folder, name), state, classes, imageSize);
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const states = new Map<ModelName, ReturnType<typeof formulaState>>();
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
const checkpoint = (name: ModelName): string => path.join(folder, name, '12/model.safetensors');
/** A place to write to, in a folder of its own. */
const place = (name: string): string => path.join(fs.mkdtempSync(path.join(folder, 'out-')), name);
/** What lies beside a file, and the file. */
const neighbours = (file: string): string[] => fs.readdirSync(path.dirname(file));

describe.each(Object.keys(models) as ModelName[])('an export of a model for %s classes', (name) => {
  const { classes, imageSize } = models[name];
  const files = new Map<FormatName, string>();
  const file = (format: FormatName): string => files.get(format) as string;
  beforeAll(async () => {
    for (const format of formatNames) {
      const { file, bytes, largestDifference: difference } = await exportModel({ checkpoint: checkpoint(name), format, out: place(`model.${format}`) });
      files.set(format, file);
      expect([neighbours(file), fs.statSync(file).size]).toEqual([[`model.${format}`], bytes]);
      expect(difference).toBeLessThan(format === 'onnx' ? 1e-4 : 1e-12);
    }
  });

  it.each(['safetensors', 'pth'] as const)("as .%s holds torchvision's tensors to the bit", (format) => {
    const state = readWeights(file(format));
    for (const [key, { shape, data }] of states.get(name) ?? []) {
      expect(state.get(key)?.shape).toEqual(shape);
      expect(bytesOf(state.get(key)?.data ?? new Float32Array()).equals(bytesOf(data)), key).toBe(true);
    }
    expect(state.get('layer4.1.bn2.num_batches_tracked')).toEqual({ shape: [], data: Float32Array.of(12) });
    expect(state.size).toBe(122);
  });

  it("as .pth has torchvision's order, and its tensors aligned for a mapped file", () => {
    expect([...readWeights(file('pth')).keys()].slice(3, 8)).toEqual(['bn1.running_mean', 'bn1.running_var', 'bn1.num_batches_tracked', 'layer1.0.conv1.weight', 'layer1.0.bn1.weight']);
    const bytes = fs.readFileSync(file('pth'));
    for (const key of ['conv1.weight', 'bn1.bias', 'fc.bias']) expect(bytes.indexOf(bytesOf(states.get(name)?.get(key)?.data ?? new Float32Array())) % 64, key).toBe(0);
  });

  it('says in every format which classes it knows and what it wants to be given', () => {
    const safetensors = openSafetensors(file('safetensors'));
    safetensors.close();
    const archive = fs.readFileSync(file('pth')).subarray(-20_000).toString('utf8');
    const json = archive.slice(archive.lastIndexOf('{"thaw":'), archive.lastIndexOf('"}') + 2);
    for (const metadata of [safetensors.metadata, JSON.parse(json) as Record<string, string>, readOnnxMetadata(fs.readFileSync(file('onnx')))]) {
      expect(JSON.parse(metadata['thaw'] ?? '')).toMatchObject({ backbone: 'resnet18', classes, epoch: 3, step: 12, transform: { imageSize }, spec: { preset: 'quick' } });
      expect([metadata['classes'], metadata['image_size'], metadata['mean'], metadata['std']]).toEqual([JSON.stringify(classes), String(imageSize), '[0.4914,0.4822,0.4465]', '[0.2023,0.1994,0.201]']);
    }
  });

  it('as ONNX takes batches of any length, and an image has the same logits in each', async () => {
    const images = pictures(imageSize, 5);
    const { transform } = readModel(checkpoint(name));
    const together = await onnxLogits(file('onnx'), images, imageSize, transform, [5]);
    expect(together).toHaveLength(5 * classes.length);
    expect(largestDifference(await onnxLogits(file('onnx'), images, imageSize, transform, [1, 1, 2, 1]), together)).toBeLessThan(1e-5);
  });
});

it.each(golden.forward)("as ONNX gives PyTorch's logits on images of $size", async ({ size, logits }) => {
  const out = place('model.onnx');
  exportFormats.onnx.write(out, { ...readModel(checkpoint('ten')), transform: { ...golden, imageSize: size } });
  expect(largestDifference(await onnxLogits(out, pictures(size, 2), size, golden, [2]), logits.flat())).toBeLessThan(1e-4);
});

describe('an export that is not the checkpoint', () => {
  const { classes } = models.two;
  /** Swaps two rows of the head: all shapes and names are right, and the classes the wrong way round. */
  const swapped = (saved: SavedModel): SavedModel => {
    const turn = (key: string) => {
      const { shape, data } = saved.state.get(key) as { shape: readonly number[]; data: Float32Array };
      return [key, { shape, data: Float32Array.from([...data.subarray(data.length / 2), ...data.subarray(0, data.length / 2)]) }] as const;
    };
    return { ...saved, state: new Map([...saved.state, turn('fc.weight'), turn('fc.bias')]) };
  };
  const cut = (file: string): void => fs.truncateSync(file, fs.statSync(file).size - 5000);
  const flip = (file: string): void => {
    const bytes = fs.readFileSync(file);
    const at = Math.floor(bytes.length / 2);
    for (let offset = 0; offset < 4000; offset++) bytes[at + offset] = ~(bytes[at + offset] as number);
    fs.writeFileSync(file, bytes);
  };
  const faults: [string, FormatName, (file: string, saved: SavedModel) => void, RegExp][] = [
    ['swapped classes', 'onnx', (file, saved) => exportFormats.onnx.write(file, swapped(saved)), /logits of the onnx file differ .* by \d\.\d+/],
    ['swapped classes', 'safetensors', (file, saved) => exportFormats.safetensors.write(file, swapped(saved)), /logits of the safetensors file differ/],
    ['other names for its classes', 'onnx', (file, saved) => exportFormats.onnx.write(file, { ...saved, classes: classes.toReversed() }), /metadata_props have another thaw/],
    ['a missing end', 'onnx', (file, saved) => (exportFormats.onnx.write(file, saved), cut(file)), /could not be loaded again/],
    ['a missing end', 'pth', (file, saved) => (exportFormats.pth.write(file, saved), cut(file)), /could not be loaded again .*cut short/],
    ['damaged bytes', 'onnx', (file, saved) => (exportFormats.onnx.write(file, saved), flip(file)), /differ|could not be loaded/],
    ['damaged bytes', 'pth', (file, saved) => (exportFormats.pth.write(file, saved), flip(file)), /wrong checksum/],
    ['damaged bytes', 'safetensors', (file, saved) => (exportFormats.safetensors.write(file, saved), flip(file)), /logits of the safetensors file differ/],
  ];

  it.each(faults)('with %s in %s is not kept, and what was there before is', async (_, format, write, message) => {
    const out = place(`model.${format}`);
    fs.writeFileSync(out, 'before');
    const order = { checkpoint: checkpoint('two'), format, out };
    await expect(exportModel(order, { ...exportFormats, [format]: { ...exportFormats[format], write } })).rejects.toThrow(message);
    expect([neighbours(out), fs.readFileSync(out, 'utf8')]).toEqual([[`model.${format}`], 'before']);
  });

  it('is not made of a model whose logits are no numbers', async () => {
    const broken = place('model.safetensors');
    const saved = readModel(checkpoint('two'));
    exportFormats.safetensors.write(broken, { ...saved, state: new Map([...saved.state, ['fc.bias', { shape: [2], data: Float32Array.of(NaN, 0) }]]) });
    const out = place('model.onnx');
    await expect(exportModel({ checkpoint: broken, format: 'onnx', out })).rejects.toThrow('not finite numbers');
    expect(neighbours(out)).toEqual([]);
  });
});

describe('wrong input', () => {
  const run = (...args: string[]) => {
    const home = path.join(folder, 'home');
    fs.mkdirSync(home, { recursive: true });
    const env = { ...process.env, ORT_DISABLE_TELEMETRY: undefined, XDG_CACHE_HOME: undefined, INIT_CWD: folder, HOME: home, TMPDIR: home };
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, '../src/cli.ts'), 'export', ...args], { cwd: folder, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  it('is told from the command line with exit code 2', () => {
    expect(run('--checkpoint', 'x', '--format', 'keras', '--out', 'y')).toMatchObject({ status: 2, stderr: expect.stringContaining('--format takes safetensors, pth, onnx, not keras') });
    expect(run('--checkpoint', 'x', '--format', 'pth', '--out', 'y', '--with', 'card,cake')).toMatchObject({ status: 2, stderr: expect.stringContaining('--with takes card, predict, not cake') });
    expect(run('--checkpoint', 'none.safetensors', '--format', 'onnx', '--out', 'y')).toMatchObject({ status: 2, stderr: expect.stringMatching(/none\.safetensors cannot be opened/) });
    expect(fs.existsSync(path.join(folder, 'y'))).toBe(false);
  });

  it('is not seen in a right one, whose paths mean the folder that npm was called in', () => {
    expect(run('--checkpoint', 'two/12/model.safetensors', '--format', 'onnx', '--out', 'made/two.onnx')).toMatchObject({ status: 0, stdout: expect.stringMatching(/two\.onnx: 44\.\d MB, SHA-256 [0-9a-f]{64}; its logits are the checkpoint's to within/) });
    expect(fs.readdirSync(path.join(folder, 'made'))).toEqual(['two.onnx']);
    // Nor does ONNX Runtime leave its maker's usage events behind.
    const left = fs.readdirSync(path.join(folder, 'home'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((file) => /microsoft|mat-debug/i.test(file))).toEqual([]);
  });

  it('names what is wrong with a checkpoint or with the place to write to', async () => {
    const foreign = place('weights.safetensors');
    writeSafetensors(foreign, [{ name: 'fc.bias', dtype: 'F32', shape: [2], data: new Float32Array(2) }]);
    const refuse = (from: string, out: string, message: string) => expect(exportModel({ checkpoint: from, format: 'pth', out })).rejects.toThrow(expect.objectContaining({ code: 'invalid_weights', message: expect.stringContaining(message) }));
    await refuse(foreign, place('a.pth'), 'does not say its classes');
    await refuse(path.join(folder, 'two/12/state.safetensors'), place('a.pth'), 'does not say its classes');
    await refuse(checkpoint('two'), folder, 'no file that could be replaced');
    await refuse(checkpoint('two'), checkpoint('two'), 'is the checkpoint itself');
    await refuse(checkpoint('two'), path.join(foreign, 'a.pth'), 'cannot be written');
  });
});
