import { presets } from '@thaw/contract/presets';
import { changeSpec } from '@thaw/contract/resolveSpec';
import type { RunSpec } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { plannedRates } from '../src/newRun/plannedRates.ts';
import { handlesOf, keyedTo, nearestHandle, placeOf, pointedAt, type Handle } from '../src/newRun/timelineHandles.ts';
import { epochAt, epochTicks, nextRate, rateAt, shownFor, snapRate, xOf, yOf, type Scale } from '../src/newRun/timelineScale.ts';

function recipe(changes: object, preset: keyof typeof presets = 'quick'): RunSpec {
  const resolved = changeSpec(presets[preset], { ...changes });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults));
  return resolved.spec;
}

/** 100 pixels a decade and 50 an epoch. */
const scale: Scale = { left: 50, right: 450, top: 60, floor: 360, epochs: 8, low: -5, high: -2 };
const handle = (name: Handle['name'], spec = recipe({})): Handle => {
  const found = handlesOf(spec).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('the axes', () => {
  it('lead from a value to its place and back', () => {
    for (const epoch of [0, 1, 2.5, 8]) expect(epochAt(scale, xOf(scale, epoch))).toBeCloseTo(epoch);
    for (const rate of [1e-5, 3e-4, 1e-2]) expect(rateAt(scale, yOf(scale, rate)) / rate).toBeCloseTo(1);
    expect([xOf(scale, 2), yOf(scale, 1e-4)]).toEqual([150, 260]);
  });

  it('have on the floor what is below it, also nothing', () => {
    expect([yOf(scale, 1e-9), yOf(scale, 0), yOf(scale, 5)]).toEqual([360, 360, 60]);
  });

  it('leave room to drag the end and the rates, and do not follow a rate into the depth', () => {
    expect(shownFor(6, [1e-3, 1e-4], [1e-3, 1e-4])).toEqual({ epochs: 8, low: -5, high: -2 });
    expect(shownFor(40, [5e-4], [5e-4, 2e-9])).toEqual({ epochs: 50, low: -7, high: -3 });
    expect(shownFor(1000, [9e-3], [9e-3]).epochs).toBe(1000);
  });

  it('bear as many epochs as there is room for', () => {
    expect(epochTicks(scale, 34)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(epochTicks({ ...scale, epochs: 50 }, 34)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
    expect(epochTicks({ ...scale, epochs: 1000 }, 60)).toEqual([0, 200, 400, 600, 800, 1000]);
  });
});

describe('rates', () => {
  it('snap to what is easily said', () => {
    expect([1.04e-3, 1.3e-3, 0.00244, 8.1e-4, 9e-4, 0.6, 1].map(snapRate)).toEqual([1e-3, 1.5e-3, 2e-3, 7e-4, 1e-3, 0.7, 1]);
  });

  it('go from one to the next, and from one between to its neighbours', () => {
    const up = Array.from({ length: 7 }).reduce<number[]>((found) => [...found, nextRate(found.at(-1) ?? 0, true)], [1e-4]);
    expect(up).toEqual([1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4, 7e-4, 1e-3, 1.5e-3]);
    for (const [i, rate] of up.slice(1).entries()) expect(nextRate(rate, false)).toBe(up[i]);
    expect([nextRate(0.00025, true), nextRate(0.00025, false)]).toEqual([3e-4, 2e-4]);
  });
});

describe('handles', () => {
  it('are those that mean something', () => {
    const names = (schedule: object) => handlesOf(recipe({ schedule })).map(({ name }) => name);
    expect(names({})).toEqual(['thaw', 'rate', 'thawedRate', 'end']);
    expect(names({ freezeEpochs: 0 })).toEqual(['thaw', 'rate', 'end']);
    expect(names({ freezeEpochs: 6 })).toEqual(['thaw', 'rate', 'end']);
  });

  it('stand in the middle of what they are about', () => {
    expect(placeOf(scale, handle('thaw'))).toEqual({ x: 150, y: 60 });
    expect(placeOf(scale, handle('rate'))).toEqual({ x: 100, y: 160 });
    expect(placeOf(scale, handle('thawedRate'))).toEqual({ x: 250, y: 260 });
  });

  it('take whole epochs and easy rates of a place, within their bounds', () => {
    const at = (name: Handle['name'], x: number, y: number) => pointedAt(scale, handle(name), { x, y });
    expect([at('thaw', 224, 0), at('thaw', 226, 0), at('thaw', 0, 0), at('thaw', 449, 0)]).toEqual([3, 4, 0, 6]);
    // Not before the thaw, and no further than what is seen.
    expect([at('end', 60, 0), at('end', 399, 0), at('end', 2000, 0)]).toEqual([2, 7, 8]);
    expect([at('rate', 0, 260), at('rate', 0, 230), at('rate', 0, -999), at('rate', 0, 999)]).toEqual([1e-4, 2e-4, 1e-2, 1e-5]);
  });

  it('are moved by keys', () => {
    const keys = (of: Handle) => ['ArrowLeft', 'ArrowUp', 'PageUp', 'PageDown', 'Home', 'End', 'x'].map((key) => keyedTo(of, key));
    expect(keys(handle('thaw'))).toEqual([1, 3, 6, 0, 0, 6, null]);
    expect(keys(handle('end'))).toEqual([5, 7, 11, 2, 2, 1000, null]);
    expect(keys(handle('rate'))).toEqual([7e-4, 1.5e-3, 0.01, 1e-4, 1e-7, 1, null]);
  });

  it('are moved by a press near them', () => {
    const near = (x: number, y: number, spec = recipe({})) => nearestHandle(scale, handlesOf(spec), { x, y })?.name;
    expect([near(140, 200), near(80, 150), near(200, 255), near(340, 200), near(420, 200)]).toEqual(['thaw', 'rate', 'thawedRate', 'end', 'end']);
    // Both at the same place: the thaw cannot go beyond the end.
    const probe = recipe({ schedule: { freezeEpochs: 6 } });
    expect([near(340, 300, probe), near(360, 300, probe)]).toEqual(['thaw', 'end']);
  });
});

describe('the planned rates', () => {
  const at = (spec: RunSpec, ...places: number[]) => {
    const planned = plannedRates(spec, 100);
    return places.map((place) => planned.findLast((point) => point.at <= place)?.rate);
  };

  it('change with the thaw, and reach over all epochs', () => {
    expect(at(recipe({}), 0, 1.99, 2, 6)).toEqual([1e-3, 1e-3, 1e-4, 1e-4]);
    const planned = plannedRates(recipe({}), 100);
    expect([planned[0]?.at, planned.at(-1)?.at]).toEqual([0, 6]);
    expect(at(recipe({ schedule: { freezeEpochs: 0 } }), 0, 6)).toEqual([1e-3, 1e-3]);
  });

  it('are the steps that the trainer takes, not the curve through them', () => {
    const cosine = recipe({ scheduler: { type: 'cosine' }, schedule: { freezeEpochs: 2 } });
    expect(at(cosine, 0, 0.99, 1, 1.99)).toEqual([1e-3, 1e-3, 5e-4, 5e-4]);
    const step = recipe({ scheduler: { type: 'step', stepSize: 2, gamma: 0.5 }, schedule: { freezeEpochs: 3 } });
    expect(at(step, 1.9, 2.1, 3, 5)).toEqual([1e-3, 5e-4, 1e-4, 5e-5]);
  });

  it('rise in the warm-up, by the steps that an epoch has', () => {
    const planned = plannedRates(recipe({ schedule: { epochs: 2, freezeEpochs: 0, warmupSteps: 100 } }), 100);
    expect(planned[0]?.rate).toBeCloseTo(1e-5);
    expect(planned.find((point) => point.at >= 0.5)?.rate).toBeCloseTo(5e-4, 4);
    expect(planned.at(-1)?.rate).toBe(1e-3);
  });

  it('have the peak of one cycle where it is', () => {
    const planned = plannedRates(recipe({}, 'recommended'), 200);
    const peak = planned.reduce((best, point) => (point.rate > best.rate ? point : best));
    expect([peak.at, peak.rate]).toEqual([expect.closeTo(0.6, 1), expect.closeTo(5e-4, 5)]);
  });

  it('are not too many of a long run, and all of a short one', () => {
    expect(plannedRates(recipe({ schedule: { epochs: 1000 } }), 700).length).toBe(2000);
    expect(plannedRates(recipe({ schedule: { epochs: 1, freezeEpochs: 0 } }), 3).map(({ at: place }) => place)).toEqual([0, 0.5, 1]);
  });
});
