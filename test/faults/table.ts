import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** One line of what `npm run test:faults` prints. */
export interface FaultRow {
  fault: string;
  happened: string;
  /** From the fault, or from when what was away is there again, until training went on; null where it never stopped, or was not to go on. */
  seconds: number | null;
  goal: number;
}

/** Notes a line, where somebody wants a table. */
export function note(row: FaultRow): void {
  const file = process.env['THAW_FAULTS_TABLE'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export function readTable(file: string): FaultRow[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as FaultRow);
}

export function formatTable(rows: readonly FaultRow[]): string {
  const cells = [['fault', 'what happened', 'recovery', 'goal'], ...rows.map(({ fault, happened, seconds, goal }) => [fault, happened, seconds === null ? '-' : `${seconds.toFixed(1)} s`, seconds === null ? '-' : `${goal} s`])];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells.map((row) => row.map((cell, at) => (at > 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ')).join('\n');
}
