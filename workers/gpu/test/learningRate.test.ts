import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { LearningRate } from '../src/train/learningRate.ts';
import golden from './vectors/learning_rates.json' with { type: 'json' };

function specOf(request: unknown): RunSpec {
  const resolved = resolveSpec(request);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
}

/** torch's names of ReduceLROnPlateau's options. */
const optionNames = { min_lr: 'minLearningRate', eps: 'epsilon' } as Record<string, string>;

describe.each(golden.plateau)('reduce on plateau, $name', ({ options, learningRate, thawEpoch, rows }) => {
  const scheduler = { type: 'reduce_on_plateau', ...Object.fromEntries(Object.entries(options).map(([name, value]) => [optionNames[name] ?? name, value])) };
  const thawRate = rows[(thawEpoch ?? 1) - 1]?.used;
  const spec = specOf({ schedule: { epochs: rows.length, freezeEpochs: thawEpoch === null ? 0 : thawEpoch - 1, unfreezeLearningRate: thawRate }, optimizer: { learningRate }, scheduler });

  it("is torch's, row by row", () => {
    const rate = new LearningRate(spec, 5);
    rows.forEach(({ loss, used, best, badEpochs, after }, index) => {
      rate.beginEpoch(index + 1);
      expect(rate.rateAt(index + 1, 4), `rate of epoch ${index + 1}`).toBeCloseTo(used, 12);
      rate.endEpoch(Number(loss));
      expect(rate.state, `after epoch ${index + 1}`).toMatchObject({ rate: expect.closeTo(after, 12) as number, best, badEpochs });
    });
  });

  it('goes on from its saved state at any epoch', () => {
    let rate = new LearningRate(spec, 5);
    rows.forEach(({ loss, after }, index) => {
      rate = new LearningRate(spec, 5, JSON.parse(JSON.stringify(rate.state)) as LearningRate['state']);
      rate.beginEpoch(index + 1);
      rate.endEpoch(Number(loss));
      expect(rate.state.rate).toBeCloseTo(after, 12);
    });
  });
});

describe.each(golden.scheduled.series)('$scheduler.type', ({ scheduler, rates }) => {
  const { stepsPerEpoch, freezeEpochs, epochs } = golden.scheduled;

  it("has torch's rate at every step, anew in each phase", () => {
    const rate = new LearningRate(specOf({ schedule: { epochs, freezeEpochs, unfreezeLearningRate: 1e-4 }, optimizer: { learningRate: 1e-3 }, scheduler }), stepsPerEpoch);
    const actual: number[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      rate.beginEpoch(epoch);
      for (let batch = 0; batch < stepsPerEpoch; batch++) actual.push(rate.rateAt(epoch, batch));
      rate.endEpoch(1);
    }
    expect(actual).toHaveLength(rates.length);
    actual.forEach((value, step) => expect(Math.abs(value / (rates[step] as number) - 1), `step ${step}`).toBeLessThan(1e-9));
  });
});

describe('one cycle on phases of few steps', () => {
  it.each([
    [1, 1, 0.3],
    [2, 1, 0.5],
    [2, 1, 0.3],
    [10, 2, 0.05],
    [3, 1, 0.99],
  ])('%i steps in %i epochs, warming up for %f of them, have rates within the cycle', (steps, epochs, warmupFraction) => {
    const spec = specOf({ schedule: { epochs, freezeEpochs: 0 }, optimizer: { learningRate: 1e-3 }, scheduler: { type: 'one_cycle', warmupFraction } });
    const rate = new LearningRate(spec, steps / epochs);
    for (let step = 0; step < steps; step++) {
      const value = rate.rateAt(1 + Math.floor((step * epochs) / steps), step % (steps / epochs));
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThanOrEqual(1e-3);
    }
  });
});

describe('without a thaw', () => {
  it('the base rate rules throughout, frozen or not', () => {
    for (const freezeEpochs of [0, 3]) {
      const rate = new LearningRate(specOf({ schedule: { epochs: 3, freezeEpochs, unfreezeLearningRate: 1e-5 }, optimizer: { learningRate: 2e-3 }, scheduler: { type: 'constant' } }), 2);
      for (const epoch of [1, 2, 3]) {
        rate.beginEpoch(epoch);
        expect(rate.rateAt(epoch, 0)).toBe(2e-3);
      }
    }
  });
});
