import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideHelm } from '@thaw/infra/stack/findHelm';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { StackError } from '@thaw/infra/stack/stackError';
import { startControlPlane } from './controlPlane.ts';
import { buildOperator, buildPrograms, type Operator } from './programs.ts';

/**
 * `npm run test:kubernetes`: the tests of this folder against a real control plane, which is built from source the first time. What follows
 * `--` is for vitest (`-- -t quota`). `-- --serve`: the control plane alone, until Ctrl-C.
 */
const say = (line: string): void => console.log(`kubernetes: ${line}`);

/** Where it cannot be built, its tests are skipped. */
function operator(name: Operator): Record<string, string> {
  try {
    return { [`THAW_${name.toUpperCase()}`]: buildOperator(name, say) };
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    say(`the tests of ${name} are skipped: ${error.message}`);
    return {};
  }
}

async function serve(binaries: string): Promise<void> {
  const plane = await startControlPlane({ folder: mkdtempSync(path.join(tmpdir(), 'thaw-kubernetes-')), binaries });
  say(`ready: export KUBECONFIG=${plane.kubeconfig}`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    // Something must keep the process alive.
    setInterval(() => undefined, 1 << 30);
  });
  await plane.stop();
}

try {
  const binaries = buildPrograms(say);
  if (process.argv.includes('--serve')) {
    await serve(binaries);
    process.exit();
  }
  // Not within the time of a test.
  provideHelm(say);
  const vitest = path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/kubernetes', ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: { ...process.env, THAW_KUBERNETES: binaries, ...operator('kueue'), ...operator('keda') },
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}
