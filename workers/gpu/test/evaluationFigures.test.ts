import { evaluation } from '@thaw/contract/evaluation';
import { describe, expect, it } from 'vitest';
import { Calibration } from '../src/evaluate/calibration.ts';
import { judgeLogits, softmax } from '../src/evaluate/judgeLogits.ts';
import { Tally } from '../src/evaluate/tally.ts';
import { largestDifference } from './inputs.ts';
import golden from './vectors/evaluation.json' with { type: 'json' };

const tallyOf = (classes: number, rows: readonly (readonly [label: number, logits: readonly number[]])[]): Tally => {
  const tally = new Tally(classes);
  rows.forEach(([label, logits], index) => tally.add(index, label, Float32Array.from(logits)));
  return tally;
};
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `class ${index}`);

/** An evaluation as it is written, through JSON and the schema. */
const written = (tally: Tally, classes: number) =>
  evaluation.parse(
    JSON.parse(
      JSON.stringify({
        format: 'thaw-evaluation-1',
        evaluated: { part: 'test', images: tally.images, epoch: 1, step: 10, checkpoint: '0'.repeat(64), monitor: 'val' },
        ...tally.figures(names(classes)),
        panel: [],
      }),
    ),
  );

describe('300 images of 8 classes', () => {
  // As make_evaluation_vectors.py has them.
  const tally = new Tally(golden.classes);
  for (let image = 0; image < golden.images; image++) {
    const label = (image * 5) % 7;
    const logits = Array.from({ length: golden.classes }, (_, index) => 2 * Math.sin(1.7 * (image * golden.classes + index)) + (index === label ? 1.5 : 0) - (index === 6 ? 9 : 0));
    tally.add(image, label, Float32Array.from(logits));
  }
  const figures = written(tally, golden.classes);

  it("have torch's loss, top-1 and top-5", () => {
    expect(figures.loss).toBeCloseTo(golden.loss, 9);
    expect(figures.top1).toBeCloseTo(golden.top1, 12);
    expect(figures.top5).toBeCloseTo(golden.top5, 12);
  });

  it("have scikit-learn's confusion matrix, precision, recall and F1, undefined ones null, and its macro averages", () => {
    expect(figures.confusion).toEqual(golden.confusion);
    for (const figure of ['precision', 'recall', 'f1', 'support'] as const)
      figures.classes.forEach((item, index) => {
        const expected = golden[figure][index] ?? null;
        if (expected === null) expect(item[figure], figure).toBeNull();
        else expect(item[figure], figure).toBeCloseTo(expected, 12);
      });
    for (const [figure, expected] of Object.entries(golden.macro)) expect(figures.macro[figure as 'f1']).toBeCloseTo(expected, 12);
    expect(figures.classes[2]?.name).toBe('class 2');
  });

  it('have the calibration error of Guo et al., in the same bins', () => {
    expect(figures.calibration.ece).toBeCloseTo(golden.ece, 9);
    expect(figures.calibration.bins.map(({ images }) => images)).toEqual(golden.binCounts);
  });

  it('list the fifty surest mistakes of 189, surest first', () => {
    expect(figures.mistakes.map(({ index }) => index)).toEqual(golden.mistakes);
    golden.worst.forEach((expected, place) => {
      expect(figures.mistakes[place]?.predicted).toBe(expected.predicted);
      expect(figures.mistakes[place]?.label).toBe(((figures.mistakes[place]?.index ?? 0) * 5) % 7);
      expect(figures.mistakes[place]?.probability).toBeCloseTo(expected.probability, 9);
      expect(figures.mistakes[place]?.labelProbability).toBeCloseTo(expected.labelProbability, 9);
    });
  });
});

it('keeps what each image was taken for, in the order in which they came, with equal logits for the first class', () => {
  // Of logits 0 and ln 3 the probabilities are 1/4 and 3/4.
  const kept = tallyOf(2, [[0, [0, Math.log(3)]], [0, [1, 1]], [1, [0, NaN]]]).predictions ?? [];
  expect(kept.map(({ index, label, predicted }) => [index, label, predicted])).toEqual([[0, 0, 1], [1, 0, 0], [2, 1, 1]]);
  expect(largestDifference(kept.slice(0, 2).flatMap(({ probability, labelProbability }) => [probability, labelProbability]), [0.75, 0.25, 0.5, 0.5])).toBeLessThan(1e-7);
  expect(kept[2]).toMatchObject({ probability: NaN, labelProbability: NaN });
});

describe('the loss', () => {
  it.each([
    [[2, 1, 0], 0, 0.4076059645],
    [[0, 0, 0], 2, 1.0986122887],
    [[1000, 0, 0], 1, 1000],
    [[-1000, -1001, -1002], 0, 0.4076059645],
  ])('of logits %j with label %d is %d', (logits, label, loss) => {
    expect(judgeLogits(Float32Array.from(logits), label).loss).toBeCloseTo(loss, 9);
  });

  it('is averaged over the images', () => {
    expect(tallyOf(3, [[0, [2, 1, 0]], [2, [0, 0, 0]], [1, [1000, 0, 0]]]).loss).toBeCloseTo(333.8354060844, 9);
  });
});

describe('the rank of the label', () => {
  it.each([
    ['equal logits go to the first class', [1, 1, 1, 1, 1, 1], 0, 0],
    ['so the sixth of six equal ones is no top-5', [1, 1, 1, 1, 1, 1], 5, 5],
    ['infinities are ordered too', [0, Infinity, -Infinity, 1, 2, 3], 2, 5],
  ])('%s', (_, logits, label, rank) => {
    expect(judgeLogits(Float32Array.from(logits), label).rank).toBe(rank);
  });

  it('counts up to the fifth place for top-5, which five classes do not have', () => {
    const logits = [6, 5, 4, 3, 2, 1];
    expect(written(tallyOf(6, [[0, logits], [4, logits], [5, logits], [5, logits]]), 6)).toMatchObject({ top1: 0.25, top5: 0.5 });
    expect(written(tallyOf(5, [[0, logits.slice(1)]]), 5).top5).toBeNull();
  });
});

describe('calibration', () => {
  it('of two images by hand: (|0 - 0.55| + |1 - 0.95|) / 2, and a bin holds its upper edge', () => {
    const calibration = new Calibration();
    calibration.add(0.55, false);
    calibration.add(0.95, true);
    expect(calibration.figures().ece).toBeCloseTo(0.3, 12);
    const edges = new Calibration();
    for (const confidence of [1 / 15, 0.2, 0.6, 1]) edges.add(confidence, true);
    expect(edges.figures().bins.flatMap(({ images }, bin) => (images > 0 ? [bin] : []))).toEqual([0, 2, 8, 14]);
    expect(edges.figures().bins[1]).toEqual({ lower: 1 / 15, upper: 2 / 15, images: 0, accuracy: null, confidence: null });
  });

  it('is perfect for a coin that says one half and is right every second time', () => {
    expect(written(tallyOf(2, [[0, [0, 0]], [1, [0, 0]]]), 2).calibration.ece).toBe(0);
  });
});

describe('logits that are not finite', () => {
  const figures = written(tallyOf(3, [[1, [0, NaN, 1]], [0, [0, NaN, 1]], [2, [5, 0, 0]], [2, [0, 0, -Infinity]]]), 3);

  it('give figures that say so', () => {
    expect(figures).toMatchObject({ loss: 'NaN', top1: 0.25, calibration: { ece: 'NaN' } });
    expect(written(tallyOf(2, [[1, [0, -Infinity]]]), 2).loss).toBe('Infinity');
  });

  it('are the last of the mistakes, being sure of nothing', () => {
    expect(figures.mistakes.map(({ index, probability }) => [index, typeof probability])).toEqual([[2, 'number'], [3, 'number'], [1, 'string']]);
  });
});

it("turns logits that overflow an exponential into probabilities", () => {
  expect(largestDifference(softmax(Float32Array.of(1000, 1000, -1000)), [0.5, 0.5, 0])).toBeLessThan(1e-12);
});

it('refuses a confusion matrix that does not count the images', () => {
  const right = written(tallyOf(2, [[0, [1, 0]]]), 2);
  expect(evaluation.safeParse({ ...right, confusion: [[2, 0], [0, 0]] }).success).toBe(false);
  expect(evaluation.safeParse({ ...right, confusion: [[1, 0]] }).success).toBe(false);
});
