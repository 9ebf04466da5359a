import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { openCifar10 } from '@thaw/formats/cifar10';
import type { ImageSource } from '@thaw/formats/imageSource';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchLengths, epochOrder, readBatch } from '../src/data/batches.ts';
import { measure, resolveNormalization } from '../src/data/normalization.ts';
import { openData, type DataFolder } from '../src/data/openData.ts';
import { choosePanel, chooseParts } from '../src/data/parts.ts';
import { TrainingError } from '../src/trainingError.ts';

/** Images of one pixel whose red is their index and whose label is given. */
function source(labels: readonly number[]): ImageSource {
  return {
    count: labels.length,
    height: 1,
    width: 1,
    labels: Int32Array.from(labels),
    readImages: (indices, into) => Array.from(indices).forEach((index, slot) => into.set([index % 256, 0, 255], slot * 3)),
    close: () => undefined,
  };
}

const folder = (train: ImageSource, val: ImageSource | null = null, test = source([0, 1, 2, 0, 1, 2])): DataFolder => ({ classes: ['a', 'b', 'c'], train, val, test, close: () => undefined });
// Class 0 forty times, class 1 twenty times, class 2 ten times, in no order.
const uneven = source(Array.from({ length: 70 }, (_, index) => (index % 7 < 4 ? 0 : index % 7 < 6 ? 1 : 2)));

function specOf(data: Record<string, unknown>, seed = 0): RunSpec {
  const resolved = resolveSpec({ data: { batchSize: 4, ...data }, seed });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
}

const countByClass = (indices: Int32Array, { labels }: ImageSource): number[] => [0, 1, 2].map((label) => indices.filter((index) => labels[index] === label).length);

describe('the parts of a run', () => {
  it('are everything where nothing is limited, in file order', () => {
    const { train, val, test } = chooseParts(folder(uneven), specOf({ monitor: 'test' }));
    expect([...train.indices]).toEqual(Array.from({ length: 70 }, (_, index) => index));
    expect([val, test.indices.length]).toEqual([null, 6]);
  });

  it('hold the first n/classes images of each class where limited', () => {
    const { train, test } = chooseParts(folder(uneven), specOf({ monitor: 'test', trainLimit: 29, testLimit: 3 }));
    expect(countByClass(train.indices, uneven)).toEqual([9, 9, 9]);
    expect([...train.indices]).toEqual([...train.indices].sort((a, b) => a - b));
    expect([...train.indices.filter((index) => uneven.labels[index] === 2)]).toEqual([6, 13, 20, 27, 34, 41, 48, 55, 62]);
    expect([...test.indices]).toEqual([0, 1, 2]);
    // A class that has fewer gives what it has.
    expect(countByClass(chooseParts(folder(uneven), specOf({ monitor: 'test', trainLimit: 60 })).train.indices, uneven)).toEqual([20, 20, 10]);
  });

  it('hold out a part of each class for validation: disjoint, and by the seed alone', () => {
    const choose = (seed: number) => chooseParts(folder(uneven), specOf({ monitor: 'val', valFraction: 0.2 }, seed));
    const { train, val } = choose(1);
    expect(countByClass(val?.indices ?? Int32Array.of(), uneven)).toEqual([8, 4, 2]);
    expect([...train.indices, ...(val?.indices ?? [])].sort((a, b) => a - b)).toEqual(Array.from({ length: 70 }, (_, index) => index));
    expect([choose(1).train.indices, choose(1).val?.indices]).toEqual([train.indices, val?.indices]);
    expect(choose(2).val?.indices).not.toEqual(val?.indices);
    // Not simply the first ones, nor the last.
    const [held] = [[...(val?.indices ?? [])].filter((index) => uneven.labels[index] === 0)];
    expect(Math.max(...held)).toBeGreaterThan(14);
    expect(Math.min(...held)).toBeLessThan(55);
  });

  it('hold out of what the limit left, and change little when the limit grows', () => {
    const held = (trainLimit: number) => chooseParts(folder(uneven), specOf({ monitor: 'val', valFraction: 0.25, trainLimit }));
    const { train, val } = held(24);
    expect([countByClass(train.indices, uneven), countByClass(val?.indices ?? Int32Array.of(), uneven)]).toEqual([[6, 6, 6], [2, 2, 2]]);
  });

  it("take the data set's own validation images where it has some", () => {
    const own = source([2, 1, 0]);
    const { train, val } = chooseParts(folder(uneven, own), specOf({ monitor: 'val', valFraction: 0.5 }));
    expect([train.indices.length, val?.source === own, val?.indices.length]).toEqual([70, true, 3]);
    expect(chooseParts(folder(uneven, own), specOf({ monitor: 'test' })).val).toBeNull();
  });

  it('are refused where one would be empty or train is smaller than a batch', () => {
    const refused = (data: Record<string, unknown>, train = uneven) => {
      try {
        chooseParts(folder(train), specOf(data));
      } catch (error) {
        return error instanceof TrainingError && error.code === 'invalid_data' ? error.message : String(error);
      }
      return undefined;
    };
    expect(refused({ monitor: 'test', batchSize: 71 })).toMatch('a batch of 71 is larger than the 70 training images');
    expect(refused({ monitor: 'test', batchSize: 70 })).toBeUndefined();
    expect(refused({ monitor: 'test', trainLimit: 2 })).toMatch('the train part of the data has no image');
    expect(refused({ monitor: 'test', testLimit: 2 })).toMatch('the test part of the data has no image');
    expect(refused({ monitor: 'val', valFraction: 0.001 })).toMatch('the val part of the data has no image');
  });

  it('show one test image of each class as the panel', () => {
    const test = source([5, 2, 2, 0, 5, 1]);
    expect([...choosePanel({ source: test, indices: Int32Array.of(0, 1, 2, 3, 4, 5) })]).toEqual([3, 5, 1, 0]);
    const many = source(Array.from({ length: 40 }, (_, index) => 39 - index));
    expect([...choosePanel({ source: many, indices: Int32Array.from({ length: 40 }, (_, index) => index) })]).toHaveLength(12);
  });
});

describe('the batches of an epoch', () => {
  it.each([
    [50_000, 128, 391, 80],
    [50_000, 64, 782, 16],
    [128, 64, 2, 64],
    [64, 64, 1, 64],
    // A last batch of one joins the one before: a batch norm needs two values.
    [129, 64, 2, 65],
    [65, 64, 1, 65],
    [66, 64, 2, 2],
    [5, 2, 2, 3],
  ])('of %i images by %i are %i, the last of %i', (images, batchSize, count, last) => {
    const lengths = batchLengths(images, batchSize);
    expect([lengths.length, lengths.at(-1)]).toEqual([count, last]);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(images);
    expect(lengths.slice(0, -1).every((length) => length === batchSize)).toBe(true);
  });

  it('come in an order that depends on seed and epoch alone, or in that of the file', () => {
    const part = { source: uneven, indices: Int32Array.from({ length: 70 }, (_, index) => index) };
    const order = epochOrder(part, true, 3, 2);
    expect(epochOrder(part, true, 3, 2)).toEqual(order);
    expect([...order].sort((a, b) => a - b)).toEqual([...part.indices]);
    expect(part.indices[0]).toBe(0);
    const others = [epochOrder(part, true, 3, 3), epochOrder(part, true, 4, 2), part.indices];
    for (const other of others) expect(other.filter((index, position) => index === order[position]).length).toBeLessThan(10);
    expect(epochOrder(part, false, 3, 2)).toEqual(part.indices);
  });

  it('hold the pixels and labels of their images', () => {
    const { images, labels } = readBatch({ source: uneven, indices: Int32Array.of() }, Int32Array.of(6, 4, 0));
    expect([[...images], [...labels]]).toEqual([[6, 0, 255, 4, 0, 255, 0, 0, 255], [2, 1, 0]]);
  });
});

describe('normalisation', () => {
  it('is measured over all pixels of the training part, and no channel is divided by nothing', () => {
    const two = { source: uneven, indices: Int32Array.of(10, 20) };
    const { mean, std } = measure(two);
    expect(mean).toEqual([expect.closeTo(15 / 255, 12), 0, expect.closeTo(1, 12)]);
    expect(std).toEqual([expect.closeTo(5 / 255, 12), 1, 1]);
  });

  it("is that of the spec, ImageNet's or the data set's", () => {
    const part = { source: uneven, indices: Int32Array.of(10, 20) };
    const own = { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] };
    expect(resolveNormalization(specOf({ normalization: own }), part)).toEqual(own);
    expect(resolveNormalization(specOf({ normalization: 'imagenet' }), part)).toEqual({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    expect(resolveNormalization(specOf({ normalization: 'dataset' }), part)).toEqual(measure(part));
  });

  it('of CIFAR-10 is the published one', () => {
    const files = process.env['THAW_CIFAR10'];
    if (files === undefined) throw new Error('THAW_CIFAR10 names no folder with the CIFAR-10 files: run the tests with `npm test`, which sets it');
    const { train, test } = openCifar10(files);
    expect([train.count, test.count]).toEqual([50_000, 10_000]);
    const { mean, std } = measure({ source: train, indices: Int32Array.from({ length: train.count }, (_, index) => index) });
    expect(mean).toEqual([expect.closeTo(0.49139968, 7), expect.closeTo(0.48215841, 7), expect.closeTo(0.44653091, 7)]);
    expect(std).toEqual([expect.closeTo(0.24703223, 7), expect.closeTo(0.24348513, 7), expect.closeTo(0.26158784, 7)]);
    [train, test].forEach((part) => part.close());
  });
});

describe('a data folder', () => {
  const root = fs.mkdtempSync(path.join(tmpdir(), 'thaw-data-'));
  const manifest = (splits: readonly string[]) => ({
    format: 'thaw-dataset-1',
    dataset: 'shades',
    source: 'made for a test',
    report: [],
    version: 1,
    classes: ['a', 'b', 'c'],
    height: 8,
    width: 8,
    packs: splits.map((split) => ({ split, key: `datasets/${split}`, bytes: 1, sha256: '0'.repeat(64), images: 3, classCounts: [1, 1, 1] })),
  });
  const pack = (file: string, labels: number[], side = 8) =>
    writeSafetensors(file, [
      { name: 'images', dtype: 'U8', shape: [labels.length, side, side, 3], data: new Uint8Array(labels.length * side * side * 3).fill(7) },
      { name: 'labels', dtype: 'I64', shape: [labels.length], data: BigInt64Array.from(labels, BigInt) },
    ], {});
  beforeAll(() => {
    for (const split of ['train', 'val', 'test']) pack(path.join(root, `${split}.safetensors`), [0, 1, 2]);
  });
  afterAll(() => fs.rmSync(root, { recursive: true }));
  const opening = (content: unknown) => {
    fs.writeFileSync(path.join(root, 'manifest.json'), typeof content === 'string' ? content : JSON.stringify(content));
    return () => openData(root);
  };

  it('of packs is read by its manifest', () => {
    const data = opening(manifest(['train', 'val', 'test']))();
    expect([data.classes, data.train.count, data.val?.count, data.test.count]).toEqual([['a', 'b', 'c'], 3, 3, 3]);
    data.close();
    const without = opening(manifest(['train', 'test']))();
    expect(without.val).toBeNull();
    without.close();
  });

  it('is refused in a sentence where a part is missing or no manifest', () => {
    expect(opening(manifest(['train']))).toThrow('no test pack');
    expect(opening('{')).toThrow('is no manifest of a data set');
    expect(() => openData(path.join(root, 'nowhere'))).toThrow('there is no data folder');
    expect(() => openData(path.join(root, 'train.safetensors'))).toThrow('there is no data folder');
    pack(path.join(root, 'test.safetensors'), [0, 1, 2], 9);
    expect(opening(manifest(['train', 'test']))).toThrow('packs of 8 x 8 and of 9 x 9 pixels');
    fs.rmSync(path.join(root, 'train.safetensors'));
    fs.mkdirSync(path.join(root, 'train.safetensors'));
    expect(opening(manifest(['train', 'test']))).toThrow(TrainingError);
  });
});
