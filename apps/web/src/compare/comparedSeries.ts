import type { EpochRecord } from '@thaw/contract/events';
import type { RunComparison } from '@thaw/contract/runComparison';
import type { ChartSeries } from '../charts/plotOptions.ts';
import { lineLook } from './lineLooks.ts';

const measures = ['testAccuracy', 'valAccuracy', 'trainAccuracy', 'testLoss', 'valLoss', 'trainLoss', 'learningRate'] as const;
export type Measure = (typeof measures)[number];

/** What was measured of any of the runs while it trained: before that it is a point, not a curve. */
export function measuresOf(runs: RunComparison['runs']): Measure[] {
  const found = measures.filter((measure) => countOf(runs, measure) > 0);
  return found.length > 0 ? found : ['testAccuracy'];
}

/** The accuracy that most of the runs have; held-out ones before that of training. */
export function firstMeasure(runs: RunComparison['runs']): Measure {
  const accuracies = ['testAccuracy', 'valAccuracy', 'trainAccuracy'] as const;
  const most = Math.max(...accuracies.map((measure) => countOf(runs, measure)));
  return accuracies.find((measure) => countOf(runs, measure) === most) ?? 'testAccuracy';
}

const countOf = (runs: RunComparison['runs'], measure: Measure): number => runs.filter(({ epochs }) => epochs.some((one) => one.epoch > 0 && one[measure] !== null)).length;

/**
 * A line for each run over the epochs that any of those shown has. Where a run was not measured at an epoch of another one its line
 * goes on (undefined); where its value is no number there is a gap (null).
 */
export function comparedSeries(runs: RunComparison['runs'], measure: Measure, hidden: ReadonlySet<string>, log: boolean): { x: number[]; series: ChartSeries[] } {
  const x = [...new Set(runs.flatMap(({ id, epochs }) => (hidden.has(id) ? [] : epochs.map(({ epoch }) => epoch))))].sort((a, b) => a - b);
  const names = runs.map(({ name }) => name);
  const series = runs.map((run, place): ChartSeries => {
    const values = new Map(run.epochs.map((epoch) => [epoch.epoch, drawable(epoch[measure], log)]));
    // A name that is there twice is told apart by its place in the table.
    const label = names.indexOf(run.name) === names.lastIndexOf(run.name) ? run.name : `${run.name} (${place + 1})`;
    return { label, ...lineLook(place), dots: x.length <= 60, hidden: hidden.has(run.id), values: x.map((epoch) => values.get(epoch)) };
  });
  return { x, series };
}

function drawable(value: EpochRecord[Measure], log: boolean): number | null {
  const number = value === null ? NaN : Number(value);
  return Number.isFinite(number) && (!log || number > 0) ? number : null;
}
