import type { EpochRecord } from '@thaw/contract/events';
import type { RunComparison } from '@thaw/contract/runComparison';
import type { ChartSeries } from '../charts/plotOptions.ts';
import { lineLook } from './lineLooks.ts';

const measures = ['testAccuracy', 'valAccuracy', 'trainAccuracy', 'testLoss', 'valLoss', 'trainLoss', 'learningRate'] as const;
export type Measure = (typeof measures)[number];

/** What was measured of any of the runs; test accuracy is always among them. */
export const measuresOf = (runs: RunComparison['runs']): Measure[] =>
  measures.filter((measure) => measure === 'testAccuracy' || runs.some(({ epochs }) => epochs.some((epoch) => epoch[measure] !== null)));

/**
 * A line for each run over the epochs that any of them has. Where a run was not measured at an epoch of another one its line goes on
 * (undefined); where its value is no number there is a gap (null).
 */
export function comparedSeries(runs: RunComparison['runs'], measure: Measure, hidden: ReadonlySet<string>, log: boolean): { x: number[]; series: ChartSeries[] } {
  const shown = runs.flatMap((run, place) => (hidden.has(run.id) ? [] : [{ run, place }]));
  const x = [...new Set(shown.flatMap(({ run }) => run.epochs.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
  const names = shown.map(({ run }) => run.name);
  const series = shown.map(({ run, place }): ChartSeries => {
    const values = new Map(run.epochs.map((epoch) => [epoch.epoch, drawable(epoch[measure], log)]));
    // A name that is there twice is told apart by its place in the table.
    const label = names.indexOf(run.name) === names.lastIndexOf(run.name) ? run.name : `${run.name} (${place + 1})`;
    return { label, ...lineLook(place), dots: x.length <= 60, values: x.map((epoch) => values.get(epoch)) };
  });
  return { x, series };
}

function drawable(value: EpochRecord[Measure], log: boolean): number | null {
  const number = value === null ? NaN : Number(value);
  return Number.isFinite(number) && (!log || number > 0) ? number : null;
}
