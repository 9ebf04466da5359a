import type { IterationField } from '@thaw/contract/metricsQuery';
import type { MetricRow } from './metricRows.ts';

/**
 * Thins a curve without losing a spike. Buckets are `width` rows wide and begin at multiples of it, counted from the first row of
 * the run, so that they stay where they are while one zooms or the run goes on. Of each bucket stay the first row and the last,
 * and for each field the rows of its smallest and greatest value and of the first that is not a number. Of equal values the first
 * counts; so rows that were reduced before, in narrower buckets of which each lies in one of these, give the same.
 */
export interface Reducer {
  /** The rows that stay of the bucket that this row ends; none for most. Rows come by index, ascending. */
  add: (row: MetricRow) => readonly MetricRow[];
  end: () => readonly MetricRow[];
}

interface Extremes {
  least?: MetricRow;
  greatest?: MetricRow;
  notNumber?: MetricRow;
}

export function createReducer(width: number, fields: readonly IterationField[]): Reducer {
  let first: MetricRow | undefined;
  let last: MetricRow | undefined;
  let extremes: Extremes[] = [];

  const end = (): readonly MetricRow[] => {
    if (first === undefined || last === undefined) return [];
    const kept = new Map([first, last].map((row) => [row.index, row]));
    for (const { least, greatest, notNumber } of extremes) {
      for (const row of [least, greatest, notNumber]) if (row !== undefined) kept.set(row.index, row);
    }
    first = undefined;
    return [...kept.values()].sort((a, b) => a.index - b.index);
  };

  return {
    end,
    add: (row) => {
      const done = first !== undefined && Math.floor(row.index / width) !== Math.floor(first.index / width) ? end() : [];
      if (first === undefined) {
        first = row;
        extremes = fields.map(() => ({}));
      }
      last = row;
      for (const [at, field] of fields.entries()) {
        const found = extremes[at];
        if (found !== undefined) note(found, row, field);
      }
      return done;
    },
  };
}

function note(found: Extremes, row: MetricRow, field: IterationField): void {
  const value = row[field];
  if (value === null) return;
  if (Number.isNaN(value)) {
    found.notNumber ??= row;
    return;
  }
  if (found.least === undefined || value < (found.least[field] ?? Infinity)) found.least = row;
  if (found.greatest === undefined || value > (found.greatest[field] ?? -Infinity)) found.greatest = row;
}

/** All of them at once. */
export function reduceRows(rows: Iterable<MetricRow>, width: number, fields: readonly IterationField[]): MetricRow[] {
  const reducer = createReducer(width, fields);
  const kept: MetricRow[] = [];
  for (const row of rows) kept.push(...reducer.add(row));
  return [...kept, ...reducer.end()];
}

/**
 * How wide buckets must be for rows `first` to `last` to become at most `points`: the least power of two; 1 where all rows fit.
 */
export function bucketWidth({ first, last, points, fields }: { first: number; last: number; points: number; fields: readonly IterationField[] }): number {
  if (last - first + 1 <= points) return 1;
  // Only a loss can be no number.
  const rowsOfBucket = 2 + fields.reduce((sum, field) => sum + (field === 'loss' ? 3 : 2), 0);
  const most = Math.max(2, Math.floor(points / rowsOfBucket));
  let width = 2;
  while (Math.floor(last / width) - Math.floor(first / width) + 1 > most) width *= 2;
  return width;
}
