import { describe, expect, it } from 'vitest';
import { packMetricRows, unpackMetricRows, type MetricRow } from '../src/metricRows.ts';
import { bucketWidth, reduceRows } from '../src/reduceRows.ts';

const rowsOf = (losses: readonly number[], from = 0): MetricRow[] =>
  losses.map((loss, at) => ({ index: from + at, step: from + at + 1, epoch: 1, phase: 'full', time: 1_700_000_000, loss, learningRate: 0.1, accuracy: at % 2 ? at / 64 : null }));
const indices = (rows: readonly MetricRow[]): number[] => rows.map(({ index }) => index);

describe('a reduced curve', () => {
  it('keeps first, least, greatest and last of each bucket, the first of equals, and what is no number', () => {
    const losses = [
      ...[5, 4, 9, 4, 1, 9, 1, 3],
      ...[2, 2, NaN, NaN, Infinity, -Infinity, 2, 2],
      ...[7],
    ];
    expect(indices(reduceRows(rowsOf(losses), 8, ['loss']))).toEqual([0, 2, 4, 7, 8, 10, 12, 13, 15, 16]);
    // Buckets are counted from the first row of the run, wherever these begin.
    expect(indices(reduceRows(rowsOf([3, 2, 1, 2, 3, 4], 6), 8, ['loss']))).toEqual([6, 7, 8, 11]);
    // Extremes of each field that was asked for; what was not told is passed over.
    expect(indices(reduceRows(rowsOf([1, 1, 5, 1, 1, 1, 1, 1]), 8, ['accuracy']))).toEqual([0, 1, 7]);
    expect(indices(reduceRows(rowsOf([1, 1, 5, 1, 1, 1, 1, 1]), 8, []))).toEqual([0, 7]);
  });

  it('is the same when it was reduced before', () => {
    const rows = rowsOf(Array.from({ length: 3000 }, (_, n) => (n % 97 === 5 ? NaN : Math.round(Math.sin(n * n) * 20))));
    const before = reduceRows(rows, 16, ['loss', 'learningRate', 'accuracy']);
    for (const width of [16, 64, 1024]) expect(reduceRows(before, width, ['loss'])).toEqual(reduceRows(rows, width, ['loss']));
  });

  it('has buckets as narrow as the number of points allows', () => {
    const of = (points: number, first = 0) => bucketWidth({ first, last: 999, points, fields: ['loss'] });
    expect(of(1000)).toBe(1);
    // 5 rows of a bucket at most: 20 buckets, of 50 rows or more.
    expect(of(100)).toBe(64);
    expect(of(100, 900)).toBe(1);
    expect(of(99, 900)).toBe(8);
  });
});

it('packs points and gives them back', () => {
  const rows = rowsOf([0.1, NaN, Infinity, -Infinity, 2 ** 31 - 1]);
  expect(packMetricRows(rows)).toHaveLength(5 * 41);
  expect(unpackMetricRows(packMetricRows(rows))).toEqual(rows);
  expect(() => unpackMetricRows(new Uint8Array(40))).toThrow(/41 bytes/);
});
