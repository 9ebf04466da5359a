import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** One line of what `npm run test:faults` prints. */
export interface FaultRow {
  fault: string;
  happened: string;
  /** From the fault, or from when what was away is there again, until training went on; null where it never stopped, or was not to go on. */
  seconds: number | null;
  goal: number;
  /** False: its test failed. */
  ends?: boolean;
}

/** Notes a line, where somebody wants a table. */
export function note(row: FaultRow): void {
  const file = process.env['THAW_FAULTS_TABLE'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export function readTable(file: string): FaultRow[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as FaultRow);
}

const columns = ['fault', 'what happened', 'recovery', 'goal', 'ends as it should'];

const cellsOf = ({ fault, happened, seconds, goal, ends = true }: FaultRow): string[] => [
  fault,
  happened,
  seconds === null ? '-' : `${seconds.toFixed(1)} s`,
  seconds === null ? '-' : `${goal} s`,
  ends ? (seconds !== null && seconds > goal ? 'yes, too late' : 'yes') : 'NO',
];

export function formatTable(rows: readonly FaultRow[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells.map((row) => row.map((cell, at) => (at === 2 || at === 3 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ').trimEnd()).join('\n');
}

/** A line as it comes, while the others are still to come. */
export const formatRow = (row: FaultRow): string => cellsOf(row).filter((cell) => cell !== '-').join(' | ');
