import type { TrainerEvent } from '@thaw/contract/events';
import { describe, expect, it } from 'vitest';
import { CurveColumns } from '../src/live/CurveColumns.ts';
import { RunModel } from '../src/live/RunModel.ts';

const iteration = (step: number, loss: number | 'NaN' = 1 / step): TrainerEvent => ({ type: 'iteration', step, epoch: Math.ceil(step / 3), phase: 'full', loss, learningRate: 1e-3 });
const started = (resumedFromStep: number | null): TrainerEvent => ({
  type: 'started',
  step: resumedFromStep ?? 0,
  resumedFromStep,
  device: { type: 'cpu', name: 'a' },
  engine: 'b',
  weights: 'none',
  classes: 2,
  images: { train: 6, val: 0, test: 2 },
  stepsPerEpoch: 3,
  epochs: 3,
});
const epoch = (number: number): TrainerEvent => ({
  type: 'epoch',
  epoch: number,
  step: number * 3,
  phase: 'full',
  learningRate: 1e-3,
  trainLoss: 1,
  trainAccuracy: 0.5,
  valLoss: null,
  valAccuracy: null,
  testLoss: 1,
  testAccuracy: 0.5,
  imagesPerSecond: 64,
  seconds: 1,
});
const steps = ({ iterations }: RunModel): number[] => [...iterations.step.subarray(0, iterations.length)];

describe('a run as it is followed', () => {
  it('has each step and epoch once, whatever is sent twice', () => {
    const run = new RunModel();
    const batch = [started(null), epoch(0), iteration(1), iteration(2), iteration(3), epoch(1)];
    for (const event of [...batch, ...batch, iteration(4)]) run.apply(1, event, 0);
    expect(steps(run)).toEqual([1, 2, 3, 4]);
    expect(run.epochs.map((one) => one.epoch)).toEqual([0, 1]);
  });

  it('forgets what an attempt voids that goes on from an earlier step, but no message', () => {
    const run = new RunModel();
    const log: TrainerEvent = { type: 'log', step: 5, level: 'info', message: 'still here' };
    for (const event of [started(null), iteration(1), iteration(2), iteration(3), epoch(1), iteration(4, 'NaN'), iteration(5, 7), log, epoch(2)]) run.apply(1, event, 0);
    for (const event of [started(3), iteration(4, 40)]) run.apply(2, event, 0);
    expect(steps(run)).toEqual([1, 2, 3, 4]);
    expect(run.iterations.loss[3]).toBe(40);
    expect(run.iterations.nonFinite.size).toBe(0);
    expect(run.epochs.map((one) => one.epoch)).toEqual([1]);
    expect(run.log.map(({ event }) => event.type)).toEqual(['started', 'log', 'started']);
    // What the first attempt still says is refused by the API; where it comes all the same, it changes nothing.
    run.apply(1, iteration(5, 7), 0);
    expect(steps(run)).toEqual([1, 2, 3, 4]);
  });

  it('begins anew with an attempt that found no checkpoint', () => {
    const run = new RunModel();
    for (const event of [started(null), iteration(1), iteration(2)]) run.apply(1, event, 0);
    run.apply(2, started(null), 0);
    expect(steps(run)).toEqual([]);
  });

  it('knows its speed from when steps came, not from how they were packed', () => {
    const run = new RunModel();
    run.apply(1, started(null), 0);
    expect(run.stepsPerSecond()).toBeNull();
    for (let second = 0; second < 5; second++) for (let i = 1; i <= 10; i++) run.apply(1, iteration(second * 10 + i), second * 1000);
    expect(run.stepsPerSecond()).toBeCloseTo(10);
  });
});

describe('columns', () => {
  it('keep what is no number as such, and where it was', () => {
    const columns = new CurveColumns();
    columns.push(1, 2, 0.1, NaN);
    columns.push(2, Infinity, 0.1, NaN);
    expect([...columns.loss.subarray(0, 2)]).toEqual([2, NaN]);
    expect([...columns.nonFinite]).toEqual([[2, Infinity]]);
    columns.truncateAfter(1);
    expect(columns.nonFinite.size).toBe(0);
  });

  it('take finer points in the place of coarse ones, and go on growing', () => {
    const coarse = new CurveColumns();
    for (const step of [1, 10, 20, 30, 40]) coarse.push(step, step, 0.1, NaN);
    const fine = new CurveColumns();
    for (let step = 10; step <= 20; step++) fine.push(step, -step, 0.1, NaN);
    coarse.refine(fine);
    coarse.push(41, 41, 0.1, NaN);
    expect([...coarse.step.subarray(0, coarse.length)]).toEqual([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30, 40, 41]);
    expect(coarse.loss[coarse.indexOf(15)]).toBe(-15);
  });
});
