import { describe, expect, it } from 'vitest';
import { compareRuns, comparison, type ComparedRun } from '../src/comparison.ts';
import type { EpochRecord } from '../src/events.ts';

const record = (epoch: number, fields: Partial<EpochRecord>): EpochRecord => ({
  ...{ epoch, phase: epoch === 0 ? 'initial' : 'full', learningRate: null, trainLoss: null, trainAccuracy: null },
  ...{ valLoss: null, valAccuracy: null, testLoss: null, testAccuracy: null, imagesPerSecond: null, seconds: 4 },
  ...fields,
});
const ended = (run: string, epochs: number, best: [epoch: number, loss: number, accuracy: number], test: [loss: number, accuracy: number], seconds: number): ComparedRun => ({
  ...{ run, status: 'succeeded', monitor: 'val', lastEpoch: record(epochs, { valLoss: 9, valAccuracy: 0.9 }) },
  result: { best: { epoch: best[0], loss: best[1], accuracy: best[2] }, bestTest: { loss: test[0], accuracy: test[1] }, seconds, cpuSeconds: 2 * seconds },
});
const empty = { run: null, status: null, epochs: 0, bestEpoch: null, val: null, test: null, seconds: null, cpuSeconds: null, gain: null };

describe('a run beside its companions', () => {
  const run = ended('r', 6, [5, 0.8, 0.73], [0.82, 0.715], 60);
  const untuned = record(0, { valLoss: 2.5, valAccuracy: 0.11, testLoss: 2.4, testAccuracy: 0.1024 });

  it('says what each of them brought, in points of test accuracy', () => {
    const linearProbe = ended('l', 6, [6, 1.8, 0.4], [1.85, 0.388], 20);
    const scratch = ended('s', 6, [4, 1.2, 0.55], [1.25, 0.7201], 55);
    const table = compareRuns({ run, untuned, linearProbe, scratch });
    // By hand: 71.5 - 10.24, 71.5 - 38.8, 71.5 - 72.01.
    expect(table.rows.map(({ kind, gain }) => [kind, gain])).toEqual([['untuned', 61.26], ['linear_probe', 32.7], ['scratch', -0.51], ['run', null]]);
    expect(table.rows).toEqual([
      { ...empty, kind: 'untuned', run: 'r', status: 'succeeded', bestEpoch: 0, val: { loss: 2.5, accuracy: 0.11 }, test: { loss: 2.4, accuracy: 0.1024 }, seconds: 4, gain: 61.26 },
      { kind: 'linear_probe', run: 'l', status: 'succeeded', epochs: 6, bestEpoch: 6, val: { loss: 1.8, accuracy: 0.4 }, test: { loss: 1.85, accuracy: 0.388 }, seconds: 20, cpuSeconds: 40, gain: 32.7 },
      { kind: 'scratch', run: 's', status: 'succeeded', epochs: 6, bestEpoch: 4, val: { loss: 1.2, accuracy: 0.55 }, test: { loss: 1.25, accuracy: 0.7201 }, seconds: 55, cpuSeconds: 110, gain: -0.51 },
      { kind: 'run', run: 'r', status: 'succeeded', epochs: 6, bestEpoch: 5, val: { loss: 0.8, accuracy: 0.73 }, test: { loss: 0.82, accuracy: 0.715 }, seconds: 60, cpuSeconds: 120, gain: null },
    ]);
    expect(comparison.parse(table)).toEqual(table);
  });

  it('takes the figures of the last epoch where the test part steers: the best one would flatter', () => {
    const steered = (id: string, testAccuracy: number): ComparedRun => {
      const lastEpoch = record(6, { testLoss: 1.1, testAccuracy });
      return { ...ended(id, 6, [3, 0.7, 0.99], [0, 1], 9), monitor: 'test', lastEpoch, result: { best: { epoch: 3, loss: 0.7, accuracy: 0.99 }, bestTest: null, seconds: 9 } };
    };
    const [, probe, , own] = compareRuns({ run: steered('r', 0.8), untuned: null, linearProbe: steered('l', 0.5), scratch: null }).rows;
    expect(own).toMatchObject({ bestEpoch: 3, val: null, test: { loss: 1.1, accuracy: 0.8 }, cpuSeconds: null });
    expect(probe).toMatchObject({ test: { loss: 1.1, accuracy: 0.5 }, gain: 30 });
  });

  it('has no figures of a test part before the end, or where it did not go well, and no gain then', () => {
    const running: ComparedRun = { ...run, status: 'running', lastEpoch: record(2, { testAccuracy: 0.5, testLoss: 1 }), result: null };
    const early = compareRuns({ run: running, untuned, linearProbe: { ...running, run: 'l', status: 'queued', lastEpoch: null }, scratch: null });
    expect(early.rows.map(({ status, epochs, test, gain }) => [status, epochs, test?.accuracy, gain])).toEqual([
      ['succeeded', 0, 0.1024, null],
      ['queued', 0, undefined, null],
      [null, 0, undefined, null],
      ['running', 2, undefined, null],
    ]);
    const stopped = ended('s', 2, [2, 1, 0.5], [1, 0.5], 9);
    const late = compareRuns({ run, untuned: null, linearProbe: { ...stopped, status: 'cancelled' }, scratch: { ...stopped, status: 'failed' } });
    expect(late.rows.map(({ status, gain }) => [status, gain])).toEqual([[null, null], ['cancelled', null], ['failed', null], ['succeeded', null]]);
    expect(late.rows[0]).toEqual({ ...empty, kind: 'untuned', run: 'r' });
    expect(compareRuns({ run: { ...running, status: 'queued', lastEpoch: null }, untuned: null, linearProbe: null, scratch: null }).rows[0]).toMatchObject({ kind: 'untuned', status: 'queued' });
  });
});
