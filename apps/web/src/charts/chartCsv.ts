import type { ChartFigure } from './chartSvg.ts';

export interface CsvNames {
  /** Of the axis. */
  x: string;
  /** Of the values behind a smoothed line. */
  raw: (label: string) => string;
}

/** The values of a chart as a table, with all their digits; a cell is empty where there is no value. It begins with a byte order mark, by which spreadsheets know UTF-8. */
export function chartCsv({ x, series }: Pick<ChartFigure, 'x' | 'series'>, names: CsvNames): string {
  const rows = Array.from(x, (at, i) => [at, ...series.map(({ values }) => values[i])].map((value) => (typeof value === 'number' && !Number.isNaN(value) ? String(value) : '')));
  const head = [names.x, ...series.map(({ label, behind = false }) => (behind ? names.raw(label.trim()) : label))].map(cell);
  return `\ufeff${[head, ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}

/** What begins like a formula is none. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
