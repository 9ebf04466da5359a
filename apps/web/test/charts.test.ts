import type { EpochRecord } from '@thaw/contract/events';
import { presets } from '@thaw/contract/presets';
import { describe, expect, it } from 'vitest';
import { plottable } from '../src/charts/plottable.ts';
import { smooth } from '../src/charts/smooth.ts';
import { chooseLocale } from '../src/i18n/locales.ts';
import { curveNotes } from '../src/run/curveNotes.ts';
import { secondsOfSteps } from '../src/run/secondsOfSteps.ts';

const steps = (...numbers: number[]): Float64Array => Float64Array.from(numbers);

describe('smoothing', () => {
  it('is an average without a bias at its start, and does not swallow what is no number', () => {
    expect([...smooth(steps(1, 2, 3), steps(4, 4, 4), 0.9)]).toEqual([expect.closeTo(4), expect.closeTo(4), expect.closeTo(4)]);
    // (0.9 * 0.1 * 1 + 0.1 * 3) / (0.9 * 0.1 + 0.1), as TensorBoard has it.
    expect(smooth(steps(1, 2), steps(1, 3), 0.9)[1]).toBeCloseTo(0.39 / 0.19);
    expect([...smooth(steps(1, 2, 3), steps(1, NaN, 1), 0.5)]).toEqual([1, NaN, 1]);
  });

  it('forgets more where points are further apart', () => {
    const near = smooth(steps(1, 2), steps(0, 1), 0.9)[1] ?? 0;
    const far = smooth(steps(1, 100), steps(0, 1), 0.9)[1] ?? 0;
    expect(far).toBeGreaterThan(near);
    expect(far).toBeCloseTo(1, 3);
  });
});

it('draws numbers as they are, and gaps where there are none', () => {
  const whole = steps(1, 2);
  expect(plottable(whole)).toBe(whole);
  expect(plottable(steps(1, NaN, 3))).toEqual([1, null, 3]);
  expect(plottable(steps(1, 0, 3), true)).toEqual([1, null, 3]);
});

it('knows when a step was taken from how long epochs took', () => {
  const epochs = [{ epoch: 0, seconds: 5 }, { epoch: 1, seconds: 10 }, { epoch: 2, seconds: 20 }];
  expect([...secondsOfSteps(steps(5, 10, 15, 20, 25), epochs, 10)]).toEqual([5, 10, 20, 30, 40]);
});

describe('notes on curves', () => {
  const record = (epoch: number, fields: Partial<EpochRecord>): EpochRecord => ({
    epoch, phase: 'full', learningRate: 1e-3, trainLoss: 1, trainAccuracy: 0.5, valLoss: null, valAccuracy: null, testLoss: null, testAccuracy: null, imagesPerSecond: 1, seconds: 1, ...fields,
  });
  const kinds = (epochs: EpochRecord[], nonFinite = 0): string[] => curveNotes(epochs, presets.tutorial, nonFinite).map(({ kind }) => kind);

  it('explain the jump at the thaw and the lower training accuracy, where they are there', () => {
    const frozen = [0, 1, 2, 3, 4, 5].map((epoch) => record(epoch, { testAccuracy: 0.3, trainAccuracy: 0.4 }));
    expect(kinds(frozen)).toEqual(['untuned']);
    expect(kinds([...frozen, record(6, { testAccuracy: 0.6, trainAccuracy: 0.5, learningRate: 1e-4 })])).toEqual(['untuned', 'jump', 'trainBelow']);
  });

  it('do not take the rate of the thaw for a cut', () => {
    const rates = [1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 5e-5].map((learningRate, i) => record(i + 1, { learningRate }));
    expect(curveNotes(rates, presets.tutorial, 0)).toEqual([{ kind: 'rateCut', epoch: 8, times: 1, rate: 5e-5 }]);
  });

  it('warn where the held-out loss rises for long, and of what is no number', () => {
    const losses = [1, 0.9, 0.95, 1.0, 1.1].map((testLoss, i) => record(i + 1, { testLoss, trainLoss: 1 - 0.2 * i }));
    expect(kinds(losses, 2)).toEqual(['nonFinite', 'overfitting']);
  });
});

describe('the language', () => {
  it('is the chosen one, else the first that the browser asks for, else English', () => {
    expect(chooseLocale('zh-CN', 'en')).toBe('zh-CN');
    expect(chooseLocale('xx', 'fr, zh-TW;q=0.8, en;q=0.5')).toBe('zh-CN');
    expect(chooseLocale(undefined, 'en;q=0.3, zh;q=0.9')).toBe('zh-CN');
    expect(chooseLocale(undefined, 'fr')).toBe('en');
    expect(chooseLocale(undefined, null)).toBe('en');
  });
});
