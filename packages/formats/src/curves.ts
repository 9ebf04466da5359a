import type { EpochRecord, EventOf } from '@thaw/contract/events';

export const iterationColumns = ['step', 'epoch', 'phase', 'loss', 'learningRate'] as const;
export const epochColumns = [
  'epoch',
  'phase',
  'learningRate',
  'trainLoss',
  'trainAccuracy',
  'valLoss',
  'valAccuracy',
  'testLoss',
  'testAccuracy',
  'imagesPerSecond',
  'seconds',
] as const;

type Row<Column extends string> = Readonly<Record<Column, number | string | null>>;

/** iterations.csv, line by line: a header, then one row a step. Losses in nats. */
export function iterationsCsv(iterations: Iterable<Omit<EventOf<'iteration'>, 'type'>>): Generator<string> {
  return csv(iterationColumns, iterations);
}

/** epochs.csv, line by line: a header, then one row an epoch, 0 first. An empty field: not measured. */
export function epochsCsv(epochs: Iterable<EpochRecord>): Generator<string> {
  return csv(epochColumns, epochs);
}

function* csv<Column extends string>(columns: readonly Column[], rows: Iterable<Row<Column>>): Generator<string> {
  yield csvHeader(columns);
  for (const row of rows) yield csvLine(columns, row);
}

/** For tables that are written a piece at a time, or with columns left out. */
export const csvHeader = (columns: readonly string[]): string => `${columns.map(snakeCase).join(',')}\n`;

export const csvLine = <Column extends string>(columns: readonly Column[], row: Partial<Row<Column>>): string =>
  `${columns.map((column) => field(row[column] ?? null)).join(',')}\n`;

/** `trainLoss` is `train_loss` outside of JSON. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Not-finite numbers in the words that pandas, numpy and spreadsheets read. Nothing here needs quoting. */
function field(value: number | string | null): string {
  return value === null ? '' : String(value).replace('Infinity', 'inf');
}
