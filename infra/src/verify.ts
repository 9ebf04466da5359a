import { spawn } from 'node:child_process';
import path from 'node:path';

/** `npm run verify`: types, lint, import rules and dead code; one line each, and the words of what failed. */
const root = path.resolve(import.meta.dirname, '../..');
const bin = path.join(root, 'node_modules/.bin');

const checks = [
  { name: 'types', command: path.join(bin, 'tsc'), args: ['-p', '.'] },
  // The dashboard is made for browsers: it has settings of its own.
  { name: 'web types', command: path.join(bin, 'tsc'), args: ['-p', 'apps/web'] },
  { name: 'lint', command: path.join(bin, 'eslint'), args: ['.', '--max-warnings', '0'] },
  { name: 'imports', command: path.join(bin, 'depcruise'), args: ['--config', '.dependency-cruiser.mjs', 'packages', 'db', 'apps', 'workers', 'infra', 'test'] },
  { name: 'dead code', command: process.execPath, args: ['infra/src/deadCode.ts'] },
] as const;

interface Outcome {
  passed: boolean;
  output: string;
  seconds: number;
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const end = (passed: boolean): void => resolve({ passed, output, seconds: (performance.now() - start) / 1000 });
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

// All at once: two cores are busy, and the lines come in the order of the list.
const outcomes = checks.map(({ command, args }) => run(command, args));
let failed = 0;
for (const [i, { name }] of checks.entries()) {
  const outcome = await outcomes[i];
  if (outcome === undefined) continue;
  console.log(`verify: ${name.padEnd(9)} ${outcome.passed ? 'passed' : 'FAILED'} ${outcome.seconds.toFixed(1)} s`);
  if (outcome.passed) continue;
  failed++;
  console.log(outcome.output.trimEnd());
}
if (failed > 0) console.log(`verify: ${failed} of ${checks.length} failed`);
process.exitCode = failed > 0 ? 1 : 0;
