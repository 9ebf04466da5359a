import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cifar10Classes, openCifar10 } from '../src/cifar10.ts';
import { sha256OfFile } from '../src/fileHash.ts';
import { openPack } from '../src/pack.ts';
import { writeCifar10Packs } from '../src/writeCifar10Packs.ts';
import { writeSafetensors, type TensorToWrite } from '../src/writeSafetensors.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = temporaryFolder();
const imageBytes = 3072;

/** Byte of an image at (row, column, channel), different for each image. */
const valueAt = (image: number, row: number, column: number, channel: number): number => (image * 7 + row * 31 + column * 3 + channel * 101) & 255;

/** A record as the CIFAR-10 page describes it: label, red plane, green plane, blue plane. */
function record(image: number, label: number): Uint8Array {
  const bytes = Uint8Array.of(label, ...new Uint8Array(imageBytes));
  for (let channel = 0; channel < 3; channel++)
    for (let row = 0; row < 32; row++)
      for (let column = 0; column < 32; column++) bytes[1 + channel * 1024 + row * 32 + column] = valueAt(image, row, column, channel);
  return bytes;
}

function pixels(image: number): number[] {
  const all: number[] = [];
  for (let row = 0; row < 32; row++) for (let column = 0; column < 32; column++) for (let channel = 0; channel < 3; channel++) all.push(valueAt(image, row, column, channel));
  return all;
}

/** A folder of .bin files; images are numbered through all of them, labels are image % 10. */
function cifarFolder(name: string, files: Record<string, number>): string {
  const path = join(folder, name);
  mkdirSync(path);
  let image = 0;
  for (const [file, count] of Object.entries(files))
    writeFileSync(join(path, file), Buffer.concat(Array.from({ length: count }, () => record(image, image++ % 10))));
  return path;
}

const read = (source: ReturnType<typeof openPack>, ...indices: number[]): number[][] => {
  const into = new Uint8Array(indices.length * imageBytes + 1);
  source.readImages(indices, into);
  return indices.map((_, slot) => [...into.subarray(slot * imageBytes, (slot + 1) * imageBytes)]);
};

describe('CIFAR-10 binary files', () => {
  it('gives pixels in order, with images in the numeric order of the files and across their borders', () => {
    const path = cifarFolder('order', { 'data_batch_2.bin': 3, 'data_batch_10.bin': 2, 'test_batch.bin': 1 });
    const { train, test } = openCifar10(path);
    expect([train.count, test.count, train.height, train.width]).toEqual([5, 1, 32, 32]);
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4]);
    expect(read(train, 4, 1, 2, 3, 0)).toEqual([4, 1, 2, 3, 0].map(pixels));
    expect(read(test, 0)).toEqual([pixels(5)]);
    train.close();
    test.close();
  });

  it('puts the red, green and blue of a pixel side by side (case: label 3, (0,1) = (1,2,3), (1,0) = (32,64,96))', () => {
    const bytes = new Uint8Array(3073);
    bytes[0] = 3;
    bytes.set([1], 1 + 1);
    bytes.set([2], 1 + 1024 + 1);
    bytes.set([3], 1 + 2048 + 1);
    bytes.set([32], 1 + 32);
    bytes.set([64], 1 + 1024 + 32);
    bytes.set([96], 1 + 2048 + 32);
    const path = join(folder, 'pixel');
    mkdirSync(path);
    for (const name of ['data_batch_1.bin', 'test_batch.bin']) writeFileSync(join(path, name), bytes);
    const { train, test } = openCifar10(path);
    const image = read(train, 0)[0] ?? [];
    expect(cifar10Classes[train.labels[0] ?? -1]).toBe('cat');
    expect([image.slice(3, 6), image.slice(96, 99)]).toEqual([
      [1, 2, 3],
      [32, 64, 96],
    ]);
    train.close();
    test.close();
  });

  it('refuses indices outside and a buffer that is too small', () => {
    const { train, test } = openCifar10(cifarFolder('outside', { 'data_batch_1.bin': 2, 'test_batch.bin': 1 }));
    for (const indices of [[2], [-1], [0, 1, 2], [0.5], [NaN]]) expect(() => read(train, ...indices)).toThrow(RangeError);
    expect(() => train.readImages([0, 1], new Uint8Array(imageBytes))).toThrow(RangeError);
    train.close();
    test.close();
  });

  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    ['no train file', { 'test_batch.bin': record(0, 0) }, /has no data_batch_\*\.bin/],
    ['no test file', { 'data_batch_1.bin': record(0, 0), 'data_batch_x.bin': record(0, 0) }, /has no test_batch\.bin/],
    ['a byte too many', { 'data_batch_1.bin': new Uint8Array(3074), 'test_batch.bin': record(0, 0) }, /data_batch_1\.bin has 3074 bytes, which are no whole records/],
    ['an empty file', { 'data_batch_1.bin': record(0, 0), 'test_batch.bin': new Uint8Array() }, /test_batch\.bin has 0 bytes/],
    ['a label of 10', { 'data_batch_1.bin': Buffer.concat([record(0, 9), record(0, 10)]), 'test_batch.bin': record(0, 0) }, /the label 10 at record 1/],
  ])('refuses a folder with %s', (name, files, message) => {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
    expect(() => openCifar10(path)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }));
  });
});

describe('packs', () => {
  it('hold what the CIFAR-10 files held', async () => {
    const path = cifarFolder('packs', { 'data_batch_1.bin': 1500, 'data_batch_2.bin': 13, 'test_batch.bin': 7 });
    const out = join(folder, 'packs', 'out');
    const packs = writeCifar10Packs(path, out);
    expect(packs).toMatchObject([
      { split: 'train', file: join(out, 'train.safetensors'), images: 1513, classCounts: [152, 152, 152, 151, 151, 151, 151, 151, 151, 151] },
      { split: 'test', file: join(out, 'test.safetensors'), images: 7, classCounts: [0, 0, 0, 1, 1, 1, 1, 1, 1, 1] },
    ]);
    for (const { file, bytes, sha256 } of packs) {
      expect(bytes).toBe(readFileSync(file).length);
      expect(await sha256OfFile(file)).toBe(sha256);
    }
    const { train, test } = openCifar10(path);
    const pack = openPack(join(out, 'train.safetensors'), 10);
    expect([pack.count, pack.height, pack.width]).toEqual([1513, 32, 32]);
    expect(pack.labels).toEqual(train.labels);
    const indices = [1512, 0, 1, 2, 1023, 1024, 1025, 7];
    expect(read(pack, ...indices)).toEqual(read(train, ...indices));
    expect(() => read(pack, 1513)).toThrow(RangeError);
    for (const source of [pack, train, test]) source.close();
  });

  const labels = (...values: bigint[]): TensorToWrite => ({ name: 'labels', dtype: 'I64', shape: [values.length], data: BigInt64Array.from(values) });
  const images = (...shape: number[]): TensorToWrite => ({ name: 'images', dtype: 'U8', shape, data: new Uint8Array(shape.reduce((a, b) => a * b, 1)) });
  it.each<[string, TensorToWrite[], RegExp]>([
    ['no images', [labels(0n)], /holds "labels" instead of images and labels/],
    ['a tensor besides', [labels(0n), images(1, 2, 2, 3), { ...labels(0n), name: 'extra' }], /holds "labels", "extra", "images" instead of/],
    ['grey images', [labels(0n), images(1, 2, 2, 1)], /images .* are U8 \[1, 2, 2, 1\]/],
    ['float images', [labels(0n), { name: 'images', dtype: 'F32', shape: [1, 1, 1, 3], data: new Float32Array(3) }], /images .* are F32/],
    ['no image at all', [labels(), images(0, 2, 2, 3)], /at least one image/],
    ['fewer labels than images', [labels(0n), images(2, 2, 2, 3)], /with 2 images they must be I64 \[2\]/],
    ['a negative label', [labels(0n, -1n), images(2, 2, 2, 3)], /label -1 of image 1/],
    ['a label of 2^32', [labels(0n, 2n ** 32n), images(2, 2, 2, 3)], /label 4294967296 of image 1/],
    ['a label beyond the classes', [labels(10n), images(1, 2, 2, 3)], /none of the 10 classes \(0 to 9\)/],
  ])('are refused with %s', (name, tensors, message) => {
    const path = join(folder, `${name}.safetensors`);
    writeSafetensors(path, tensors);
    expect(() => openPack(path, 10)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }));
  });

  it('say so when the file is cut while it is open', () => {
    const path = join(folder, 'cut.safetensors');
    writeSafetensors(path, [labels(0n, 0n), images(2, 2, 2, 3)]);
    const pack = openPack(path);
    truncateSync(path, statSync(path).size - 24);
    expect(() => pack.readImages([0], new Uint8Array(12))).toThrow(/ends at byte \d+, in the middle of its data/);
    pack.close();
  });
});
