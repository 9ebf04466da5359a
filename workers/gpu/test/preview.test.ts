import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { noAugmentation, presets } from '@thaw/contract/presets';
import type { Augmentation, RunSpec } from '@thaw/contract/runSpec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mixupFeeds } from '../src/data/drawMixup.ts';
import { openData } from '../src/data/openData.ts';
import type { Part } from '../src/data/parts.ts';
import { tf } from '../src/engine/tensorflow.ts';
import { contactSheet } from '../src/preview/contactSheet.ts';
import { encodePng } from '@thaw/formats/png';
import { renderAugmentation } from '../src/preview/renderAugmentation.ts';
import { cutCifar10 } from './cifarCut.ts';
import { writeFormulaWeights } from './formulaWeights.ts';
import { picture } from './inputs.ts';
import { eventsOf, runTrainer } from './runTrainer.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-preview-'));
const inFolder = (name: string): string => path.join(folder, name);
beforeAll(() => cutCifar10(inFolder('data'), 96, 16));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const everything: Augmentation = {
  ...{ crop: { padding: 4 }, flip: 0.5, rotation: 15, colorJitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1 } },
  ...{ erasing: { probability: 0.5, scale: [0.02, 0.2], ratio: [0.3, 3.3] }, cutout: { size: 8 }, mixup: { alpha: 1 } },
};

function specWith(data: Partial<RunSpec['data']>, seed = 5): RunSpec {
  return { ...presets.tutorial, data: { ...presets.tutorial.data, ...data }, seed };
}

/** Images by formula as a part of a data set. */
function partOf(size: number, count: number): Part {
  const readImages = (indices: ArrayLike<number>, into: Uint8Array): void => Array.from(indices).forEach((index, slot) => into.set(picture(size, index), slot * size * size * 3));
  const source = { count, height: size, width: size, labels: new Int32Array(count), readImages, close: () => {} };
  return { source, indices: Int32Array.from({ length: count }, (_, index) => index) };
}

/** Of which the mean is a byte's value. */
const third: { mean: [number, number, number]; std: [number, number, number] } = { mean: [0.4, 0.4, 0.4], std: [0.25, 0.25, 0.25] };
const largestStep = (a: Uint8Array, b: ArrayLike<number>): number => a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);

describe('the preview of an augmentation', () => {
  it.each([
    ['as stored', 32, 32, third],
    ['scaled up', 32, 48, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }],
    ['scaled down', 64, 32, { mean: [-3, 0, 7], std: [0.01, 1, 5] }],
  ] as const)('shows pictures %s, whatever the normalisation, and leaves them alone without one', (_case, stored, imageSize, normalization) => {
    const images = renderAugmentation(specWith({ imageSize, augmentation: null }), normalization, partOf(stored, 3), 2);
    expect(images).toHaveLength(3);
    images.forEach(({ original, draws }, index) => {
      expect(original).toHaveLength(imageSize * imageSize * 3);
      if (stored === imageSize) expect(original).toEqual(picture(stored, index));
      // Values thirdway between two bytes may go to either.
      for (const draw of draws) expect(largestStep(draw, original)).toBeLessThanOrEqual(stored === imageSize ? 0 : 1);
    });
  });

  it('shows what is taken out in the mean colour, and the rest as it was', () => {
    const mean = [0.2, 0.4, 0.6];
    const cutout = { ...noAugmentation, cutout: { size: 10 } };
    for (const { original, draws } of renderAugmentation(specWith({ augmentation: cutout }), { ...third, mean }, partOf(32, 4), 3))
      for (const draw of draws) {
        const changed = Array.from({ length: 1024 }, (_, pixel) => pixel).filter((pixel) => draw.slice(pixel * 3, pixel * 3 + 3).some((value, c) => value !== original[pixel * 3 + c]));
        expect(changed.length).toBeGreaterThan(20);
        expect(changed.length).toBeLessThanOrEqual(100);
        for (const pixel of changed) expect([...draw.slice(pixel * 3, pixel * 3 + 3)]).toEqual([51, 102, 153]);
      }
  });

  it('shows what mixup makes of the images of a batch', () => {
    const mixup = { ...noAugmentation, mixup: { alpha: 1 } };
    const images = renderAugmentation(specWith({ augmentation: mixup }), third, partOf(32, 4), 2);
    [1, 2].forEach((epoch, column) => {
      const { share, partners } = mixupFeeds(mixup, 5, epoch, 0, 4) as { share: Float32Array; partners: Int32Array };
      const own = share[0] as number;
      images.forEach(({ original, draws }, index) => {
        const partner = images[partners[index] as number]?.original as Uint8Array;
        expect(largestStep(draws[column] as Uint8Array, Array.from(original, (value, i) => own * value + (1 - own) * (partner[i] as number)))).toBeLessThan(0.51);
      });
    });
  });

  it('is what the training step gets: a run without augmentation on its pictures has the same loss', async () => {
    const count = 16;
    relabel(path.join(inFolder('one'), 'data_batch_1.bin'), () => cutCifar10(inFolder('one'), count, 2));
    // Nothing that gives values between bytes: no jitter, and a mixup that takes one picture or the other.
    const exact = { ...everything, colorJitter: null, mixup: { alpha: 0.001 } };
    const spec = specWith({ batchSize: count, shuffle: false, augmentation: exact, normalization: third }, 4);
    expect(mixupFeeds(exact, spec.seed, 1, 0, count)['share']?.[0]).toBeLessThan(1e-6);
    const one = openData(inFolder('one'));
    const images = renderAugmentation(spec, third, { source: one.train, indices: Int32Array.from({ length: count }, (_, index) => index) }, 2);
    one.close();
    writeFormulaWeights(inFolder('weights.safetensors'));

    const firstLoss = async (name: string, augmentation: Augmentation | null): Promise<number> => {
      const request = { ...spec, data: { ...spec.data, augmentation }, schedule: { ...spec.schedule, epochs: 1, freezeEpochs: 1 } };
      const { events, stderr } = await runTrainer(folder, request, ['--data', inFolder(name), '--weights', inFolder('weights.safetensors'), '--out', inFolder(`out-${name}`)]);
      const [step] = eventsOf(events, 'iteration');
      expect(step, stderr).toBeDefined();
      return Number(step?.loss);
    };
    const inTraining = await firstLoss('one', exact);
    const shown: number[] = [];
    for (const column of [0, 1]) {
      const name = `shown${column}`;
      writeCifar10(inFolder(name), images.map(({ draws }) => draws[column] as Uint8Array), inFolder('one/test_batch.bin'));
      shown.push(await firstLoss(name, null));
    }
    expect(Math.abs((shown[0] as number) - inTraining)).toBeLessThan(1e-4);
    expect(Math.abs((shown[1] as number) - inTraining)).toBeGreaterThan(1e-2);
  }, 120_000);
});

/** One class for all images, so that mixup leaves the targets as they are. */
function relabel(file: string, write: () => void): void {
  write();
  const bytes = fs.readFileSync(file);
  for (let record = 0; record < bytes.length; record += 3073) bytes[record] = 3;
  fs.writeFileSync(file, bytes);
}

function writeCifar10(to: string, images: readonly Uint8Array[], test: string): void {
  fs.mkdirSync(to);
  const records = images.map((pixels) => Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? 3 : (pixels[((i - 1) % 1024) * 3 + Math.floor((i - 1) / 1024)] as number))));
  fs.writeFileSync(path.join(to, 'data_batch_1.bin'), Buffer.concat(records));
  fs.copyFileSync(test, path.join(to, 'test_batch.bin'));
}

describe('the contact sheet', () => {
  it('has a row for each image, the original first, small pictures larger by whole pixels', () => {
    const plain = (value: number): Uint8Array => new Uint8Array(32 * 32 * 3).fill(value);
    const sheet = contactSheet([{ original: plain(10), draws: [plain(20), plain(30)] }, { original: plain(40), draws: [plain(50), plain(60)] }], 32);
    expect([sheet.width, sheet.height]).toEqual([4 + 3 * 100 + 8, 4 + 2 * 100]);
    const decoded = tf.node.decodePng(encodePng(sheet), 3);
    expect(decoded.shape).toEqual([204, 312, 3]);
    const values = decoded.dataSync();
    const at = (x: number, y: number) => values[(y * 312 + x) * 3];
    expect([at(4, 4), at(99, 99), at(100, 50), at(112, 4), at(207, 50), at(212, 50), at(4, 104), at(112, 150), at(307, 199)]).toEqual([10, 10, 255, 20, 20, 30, 40, 50, 60]);
    decoded.dispose();
    expect(contactSheet([{ original: plain(1), draws: [] }], 32).width).toBe(112);
  });
});

const cli = path.join(import.meta.dirname, '../src/cli.ts');

function preview(spec: unknown, out: string, ...more: string[]) {
  fs.writeFileSync(inFolder('spec.json'), JSON.stringify(spec));
  const args = { '--spec': 'spec.json', '--data': 'data', '--out': out };
  const given = Object.entries(args).filter(([name]) => !more.includes(name)).flat();
  return spawnSync(process.execPath, [cli, 'preview', ...given, ...more], { encoding: 'utf8', env: { ...process.env, INIT_CWD: folder } });
}

describe('the command preview', () => {
  const spec = { data: { batchSize: 32, imageSize: 48, augmentation: everything }, seed: 3 };

  it('writes the same bytes for the same seed, and others for another', () => {
    const { status, stdout, stderr } = preview(spec, 'a.png', '--images', '12', '--draws', '3');
    expect(status, stderr).toBe(0);
    // Class by class, though the file is in no order.
    expect(stdout).toMatch(/rows: airplane \(\d+\), automobile \(\d+\), bird \(\d+\), .*truck \(\d+\), airplane \(\d+\), automobile \(\d+\)\n$/);
    preview(spec, 'b.png', '--images', '12', '--draws', '3');
    preview({ ...spec, seed: 4 }, 'c.png', '--images', '12', '--draws', '3');
    const [a, b, c] = ['a', 'b', 'c'].map((name) => fs.readFileSync(inFolder(`${name}.png`))) as [Buffer, Buffer, Buffer];
    expect(a.equals(b)).toBe(true);
    expect(a.equals(c)).toBe(false);
    const sheet = tf.node.decodePng(a, 3);
    expect(sheet.shape).toEqual([4 + 12 * 100, 4 + 4 * 100 + 8, 3]);
    sheet.dispose();
  });

  it.each([
    ['a spec with a fault', { data: { augmentation: { flip: 2 } } }, 'a.png', [], 'data.augmentation.flip: '],
    ['a data folder that is not there', spec, 'x.png', ['--data', 'nowhere'], 'there is no data folder'],
    ['a folder that is not there', spec, 'nowhere/x.png', [], 'nothing can be written to'],
    ['a file that is no PNG', spec, 'x.jpg', [], '--out is a PNG file, such as preview.png, not x.jpg'],
    ['too many images', spec, 'x.png', ['--images', '33'], '--images is a whole number from 1 to 32, not 33'],
    ['no draws', spec, 'x.png', ['--draws', '0'], '--draws is a whole number from 1 to 32, not 0'],
  ])('%s: exit code 2 and a sentence', (_case, request, out, more, message) => {
    const { status, stderr } = preview(request, out, ...more);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(fs.existsSync(inFolder('x.png'))).toBe(false);
  });
});
