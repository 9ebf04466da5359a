import { z } from 'zod';
import { comparisonFigures } from './comparison.ts';
import { epochRecord } from './events.ts';
import { run } from './runs.ts';

/** How many runs can be laid side by side. */
export const comparedRuns = { least: 2, most: 20 } as const;

/**
 * A setting that is not the same in all runs, with its value in each, by the id of the run; a run that has no such setting (the momentum of
 * another optimiser) is left out. `path` is that of the RunSpec, such as `schedule.epochs`; `dataset.version` and `weights.sha256` tell
 * apart what is called the same and is not.
 */
export const differingSetting = z.object({ path: z.string(), values: z.record(z.string(), z.unknown()) });
export type DifferingSetting = z.infer<typeof differingSetting>;

/** GET /v1/comparison: 2 to 20 runs, in the order in which they were asked for. */
export const runComparison = z.object({
  runs: z.array(
    run.pick({ id: true, name: true, tags: true, status: true, companionOf: true, dataset: true, device: true, lastEpoch: true, result: true, failure: true, createdAt: true, startedAt: true, finishedAt: true }).extend({
      datasetName: z.string(),
      /** Which weights it started from; null: random ones. */
      weights: z.object({ name: z.string(), sha256: z.string() }).nullable(),
      figures: comparisonFigures,
      /** Of its training, the median of its epochs; null where that is not known. */
      imagesPerSecond: z.number().nullable(),
      /** Its epochs, for a plot: all of them, or evenly as many as were asked for, with the best and the last. */
      epochs: z.array(epochRecord),
    }),
  ),
  settings: z.array(differingSetting),
});
export type RunComparison = z.infer<typeof runComparison>;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The settings in which runs differ, by path, in the order of the first. @param runs their settings, by id: a RunSpec and what else is to be told apart */
export function differingSettings(runs: readonly { id: string; settings: Json }[]): DifferingSetting[] {
  const found: DifferingSetting[] = [];
  const compare = (path: string, values: ReadonlyMap<string, unknown>): void => {
    const all = runs.map(({ id }) => values.get(id));
    if (all.every((value) => same(value, all[0]))) return;
    const present = all.filter((value) => value !== undefined);
    if (!present.every(isObject)) {
      found.push({ path, values: Object.fromEntries([...values].filter(([, value]) => value !== undefined)) });
      return;
    }
    for (const key of new Set(present.flatMap(Object.keys))) {
      const below = new Map([...values].map(([id, value]) => [id, isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined]));
      compare(path === '' ? key : `${path}.${key}`, below);
    }
  };
  compare('', new Map(runs.map(({ id, settings }) => [id, settings])));
  return found;
}

/** Whether two settings are equal, whatever the order of their fields. */
function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, at) => same(value, other[at]));
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same(one[key], other[key]));
}
