import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildMinio, findMinio } from '@thaw/infra/stack/findMinio';
import { buildToxiproxy, findToxiproxy } from '@thaw/infra/stack/findToxiproxy';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { formatRow, formatTable, readTable } from './table.ts';

/**
 * `npm run test:faults`: the tests of this folder with the real trainer, the product's lease of 30 s, and faults as long and as many as in
 * life, two groups at once or as many as there are processors: a trainer that has none to itself takes too long to come back. What follows
 * `--` is for vitest (`-- -t storage`). Prints a table at the end: what was done, what happened, and how long it took until training went on.
 */
const lanes: Readonly<Record<string, readonly string[]>> = {
  kill: ['faults.test.ts', 'kill'],
  services: ['faults.test.ts', 'services'],
  workers: ['faults.test.ts', 'workers,machine,outside'],
  others: ['', 'cancel,database,chaos'],
};
const note = (line: string): void => console.error(`faults: ${line}`);
if (findToxiproxy() === null) buildToxiproxy(note);
const minio = findMinio() ?? buildMinio(note);
const folder = mkdtempSync(path.join(tmpdir(), 'thaw-faults-'));
const table = path.join(folder, 'table.ndjson');
writeFileSync(table, '');
const begun = performance.now();
const minutes = (): string => `${((performance.now() - begun) / 60_000).toFixed(1)} min`;

let shown = 0;
const showProgress = (): void => {
  const rows = readTable(table);
  for (const row of rows.slice(shown)) note(`${minutes()}: ${formatRow(row)}`);
  shown = rows.length;
};
const watcher = watch(table, showProgress);

/** @returns its exit code */
function run(lane: string, [file = '', groups = '']: readonly string[]): Promise<number> {
  const vitest = path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', `test/faults/${file}`, ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', THAW_FAULTS: 'full', THAW_FAULTS_GROUPS: groups, THAW_FAULTS_TABLE: table, THAW_MINIO: minio },
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => line.trim() !== '' && console.log(`${lane}: ${line}`));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? 1)));
}

try {
  const waiting = Object.entries(lanes);
  const codes: number[] = [];
  const runSome = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) codes.push(await run(...next));
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, runSome));
  watcher.close();
  showProgress();
  console.log(formatTable(readTable(table)));
  note(`done after ${minutes()}`);
  process.exitCode = Math.max(...codes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
