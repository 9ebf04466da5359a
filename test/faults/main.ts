import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildMinio, findMinio } from '@thaw/infra/stack/findMinio';
import { buildToxiproxy, findToxiproxy } from '@thaw/infra/stack/findToxiproxy';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { formatTable, readTable } from './table.ts';

/**
 * `npm run test:faults`: the tests of this folder with the real trainer, and with faults as long and as many as in life. What follows `--`
 * is for vitest (`-- -t storage`). Prints a table at the end: what was done, what happened, and how long it took until training went on.
 */
const note = (line: string): void => console.error(`faults: ${line}`);
if (findToxiproxy() === null) buildToxiproxy(note);
const minio = findMinio() ?? buildMinio(note);
const folder = mkdtempSync(path.join(tmpdir(), 'thaw-faults-'));
const table = path.join(folder, 'table.ndjson');
try {
  const vitest = path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/faults', ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: { ...process.env, THAW_FAULTS: 'full', THAW_FAULTS_TABLE: table, THAW_MINIO: minio },
  });
  console.log(formatTable(readTable(table)));
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
