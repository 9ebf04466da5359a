import type { ChartFigure } from './chartSvg.ts';
import { csvTable } from './csvTable.ts';

export interface CsvNames {
  /** Of the axis. */
  x: string;
  /** Of the values behind a smoothed line. */
  raw: (label: string) => string;
}

/** The values of a chart as a table, with all their digits; a cell is empty where there is no value. */
export function chartCsv({ x, series }: Pick<ChartFigure, 'x' | 'series'>, names: CsvNames): string {
  const head = [names.x, ...series.map(({ label, behind = false }) => (behind ? names.raw(label.trim()) : label))];
  return csvTable([head, ...Array.from(x, (at, i) => [at ?? null, ...series.map(({ values }) => values[i] ?? null)])]);
}
