import type { RunComparison } from '@thaw/contract/runComparison';

type Row = RunComparison['runs'][number];

export const figureColumns = ['testAccuracy', 'testLoss', 'valAccuracy', 'bestEpoch', 'epochs', 'seconds', 'imagesPerSecond'] as const;
export type FigureColumn = (typeof figureColumns)[number];

export function figureOf({ figures, imagesPerSecond }: Row, column: FigureColumn): number | null {
  const finite = (value: number | string | undefined): number | null => (value === undefined || !Number.isFinite(Number(value)) ? null : Number(value));
  switch (column) {
    case 'testAccuracy':
      return figures.test?.accuracy ?? null;
    case 'testLoss':
      return finite(figures.test?.loss);
    case 'valAccuracy':
      return figures.val?.accuracy ?? null;
    case 'imagesPerSecond':
      return imagesPerSecond;
    default:
      return figures[column];
  }
}

/** Which way is better; where neither is, none is marked. */
const better: Readonly<Record<FigureColumn, 'more' | 'less' | null>> = { testAccuracy: 'more', testLoss: 'less', valAccuracy: 'more', bestEpoch: null, epochs: null, seconds: 'less', imagesPerSecond: 'more' };

/** The best value of a column; null where all are the same, or nothing can be compared. */
export function bestOf(runs: readonly Row[], column: FigureColumn): number | null {
  const values = runs.flatMap((run) => figureOf(run, column) ?? []);
  const way = better[column];
  if (way === null || new Set(values).size < 2) return null;
  return way === 'more' ? Math.max(...values) : Math.min(...values);
}
