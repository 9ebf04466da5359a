import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPredictions, openPredictions, writePredictions, type Prediction } from '../src/predictions.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = temporaryFolder();
const cat = 0;
const dog = 1;
const cow = 2;
const of = (index: number, label: number, predicted: number, probability: number, labelProbability = probability): Prediction => ({ index, label, predicted, probability, labelProbability });

/** Seven images of three classes, in the order of their pack. Numbers that a float32 has. */
const images = [
  of(10, dog, cat, 0.5, 0.25),
  of(11, cat, cat, 0.75),
  of(12, dog, cat, NaN, NaN),
  of(13, dog, cat, 0.875, 0.125),
  of(14, cow, cow, 1),
  of(15, dog, cat, 0.5, 0.4375),
  of(16, cat, cow, 0.625, 0.25),
];
const confusion = [
  [1, 0, 1],
  [4, 0, 0],
  [0, 0, 1],
];

function written(predictions: readonly Prediction[] = images, classes = 3): Buffer {
  const file = path.join(folder, 'predictions.safetensors');
  writePredictions(file, classes, predictions);
  return readFileSync(file);
}
const opened = (content: Buffer, asked: number[] = []) =>
  openPredictions((start, length) => {
    asked.push(length);
    return Promise.resolve(content.subarray(start, start + length));
  }, content.length);

describe('what each image was taken for', () => {
  it('lies by class, by what it was taken for, and by falling probability, as the contract says', () => {
    const content = written();
    const data = content.subarray(8 + Number(content.readBigUInt64LE()));
    const int32 = (start: number, count: number) => Array.from({ length: count }, (_, place) => data.readInt32LE(4 * (start + place)));
    const float32 = (start: number, count: number) => Array.from({ length: count }, (_, place) => data.readFloatLE(4 * (start + place)));
    expect(int32(0, 10)).toEqual([0, 1, 1, 2, 6, 6, 6, 6, 6, 7]);
    expect(int32(10, 7)).toEqual([11, 16, 13, 10, 15, 12, 14]);
    expect(float32(17, 7)).toEqual([0.75, 0.625, 0.875, 0.5, 0.5, NaN, 1]);
    expect(float32(24, 7)).toEqual([0.75, 0.25, 0.125, 0.25, 0.4375, NaN, 1]);
    expect(data).toHaveLength(4 * 31);
  });

  it('is read cell by cell, and piece by piece, of which only what is asked for is fetched', async () => {
    const asked: number[] = [];
    const file = await opened(written(), asked);
    expect(file).toMatchObject({ classes: 3, images: 7 });
    expect(asked.splice(0)).toHaveLength(1);
    expect(await file.ofCell(dog, cat, 0, 2)).toEqual([
      { index: 13, probability: 0.875, labelProbability: 0.125 },
      { index: 10, probability: 0.5, labelProbability: 0.25 },
    ]);
    expect(asked).toEqual([8, 8, 8, 8]);
    expect((await file.ofCell(dog, cat, 2, 10)).map(({ index }) => index)).toEqual([15, 12]);
    expect((await file.ofCell(cow, cow, 0, 10)).map(({ index }) => index)).toEqual([14]);
    expect(await file.ofCell(cat, dog, 0, 10)).toEqual([]);
    expect(await file.ofCell(dog, cat, 4, 10)).toEqual([]);
    expect(await file.ofCell(dog, cat, 9_999_999, 10)).toEqual([]);
  });

  it('is believed where it agrees with the confusion matrix', () => {
    expect(() => checkPredictions(written(), confusion)).not.toThrow();
  });

  const head = 8 + Number(written().readBigUInt64LE());
  const changed = (place: number, value: number, float = false): Buffer => {
    const content = written();
    if (float) content.writeFloatLE(value, head + 4 * place);
    else content.writeInt32LE(value, head + 4 * place);
    return content;
  };
  it.each([
    ['of other classes', written(images, 4), 'is of 4 classes, not of 3'],
    ['with an image in another cell', written([...images.slice(1), of(10, dog, dog, 0.5)]), 'does not divide its images as the confusion matrix does'],
    ['with an image more', written([...images, of(17, cow, cow, 0.5)]), 'does not divide its images'],
    ['whose offsets lead elsewhere', changed(4, 2_000_000_000), 'does not divide its images'],
    ['whose offsets lead to before it', changed(4, -5), 'does not divide its images'],
    ['with an image twice', changed(10, 14), 'has image 14, or has it twice'],
    ['with an image that cannot be', changed(10, -1), 'has image -1'],
    ['with a probability above 1', changed(17, 1.5, true), 'no probability for image 11'],
    ['with a probability of its class below 0', changed(24, -0.5, true), 'no probability for image 11'],
    ['out of order', changed(20, 0.9375, true), 'has image 10 after less sure ones'],
    ['cut short', written().subarray(0, -4), 'fetch or write it again'],
    ['of nothing', Buffer.alloc(0), 'or is cut short'],
    ['of another kind', Buffer.from(JSON.stringify({ a: 'b'.repeat(5000) })), 'or is cut short'],
    ['of another format', Buffer.from(written().toString('latin1').replace('thaw-predictions-1', 'thaw-predictions-9'), 'latin1'), 'is not of the format thaw-predictions-1'],
    ['with a column of another kind', Buffer.from(written().toString('latin1').replace('"indices":{"dtype":"I32"', '"indices":{"dtype":"F32"'), 'latin1'), 'has no column indices of I32'],
  ])('is refused %s', (_, content, message) => {
    expect(() => checkPredictions(content, confusion)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringContaining(message) as unknown }));
  });
});
