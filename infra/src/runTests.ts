import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { buildMinio, findMinio } from './stack/findMinio.ts';
import { buildToxiproxy, findToxiproxy } from './stack/findToxiproxy.ts';
import { repositoryRoot } from './stack/setupPaths.ts';
import { StackError } from './stack/stackError.ts';

/**
 * `npm test`: gets what the tests need, runs vitest with the arguments that follow `--`, and ends with a plain count. What this
 * machine cannot provide is skipped and named; with CI=true it is an error.
 */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

const inCi = process.env['CI'] === 'true';
const note = (line: string): void => console.error(`test: ${line}`);

/** What is there, or can be made; null where neither is, so that some tests are skipped. */
function provide(what: string, find: () => string | null, build: (log: (line: string) => void) => string): string | null {
  try {
    return find() ?? build(note);
  } catch (error) {
    if (!(error instanceof StackError) || inCi) throw error;
    note(`tests ${what} are skipped. ${error.message}`);
    return null;
  }
}

function runVitest(reportFile: string, minio: string | null): Promise<number> {
  const vitest = path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: 'inherit', env: { ...process.env, ...(minio !== null && { THAW_MINIO: minio }) } });
  // Ctrl-C reaches vitest by itself; it ends its tests, and those their servers.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal])));
  });
}

/** The last line. A file that could not be run at all counts as one failure. */
function count(report: Report): { line: string; failed: number } {
  const broken = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'));
  const failed = report.numFailedTests + broken.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  return { line: `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`, failed };
}

const folder = mkdtempSync(path.join(tmpdir(), 'thaw-tests-'));
try {
  const reportFile = path.join(folder, 'report.json');
  const minio = provide('on MinIO', findMinio, buildMinio);
  provide('with faults of the network', findToxiproxy, buildToxiproxy);
  const code = await runVitest(reportFile, minio);
  let report: Report;
  try {
    report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  } catch {
    throw new StackError(`The tests did not run to their end (vitest exit code ${code}).`);
  }
  const { line, failed } = count(report);
  if (code !== 0 && failed === 0) note(`vitest ended with exit code ${code} although no test failed: see above`);
  console.log(line);
  process.exitCode = code === 0 && failed > 0 ? 1 : code;
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
