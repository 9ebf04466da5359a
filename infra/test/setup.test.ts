import { backbone, backbones, weightsVariable } from '@thaw/contract/backbones';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'thaw-setup-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The launcher on this checkout, whose npm packages are there. */
function launch(args: string[], env: NodeJS.ProcessEnv = {}): { status: number | null; stdout: string; last: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/setup/run.mjs', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status, stdout, last: stderr.trimEnd().split('\n').at(-1) ?? '' };
}

it('finds nothing to do where all is there, and tells the command where things are', () => {
  const start = performance.now();
  const { status, stdout } = launch(['-p', `[process.env.THAW_WEED, process.env.THAW_CIFAR10, process.env.THAW_CACHE_DIR, process.version].join(' ')`]);
  expect(performance.now() - start).toBeLessThan(5000);
  expect([status, stdout.trim()]).toEqual([0, expect.stringMatching(/^\/\S+\/weed \/\S+\/cifar-10-binary \/\S+\/objects v22\.\d+\.\d+$/)]);
});

it('hands on arguments, exit code and signal of the command', () => {
  expect(launch(['--no-data', '-e', 'process.exit(Number(process.argv[1]))', '7']).status).toBe(7);
  expect(launch(['--no-data', '-e', 'process.kill(process.pid, "SIGTERM")']).status).toBe(143);
});

it('asks for no weights and no data where a command is told where they are', () => {
  expect(launch(['--engine', '-p', 'process.version'], { THAW_RESNET18_WEIGHTS: 'missing.pth' })).toMatchObject({ status: 0, stdout: expect.stringMatching(/^v22\./) });
});

it('finds the ImageNet weights of each backbone by its variable or in the cache, and asks for nothing else', () => {
  const cache = path.join(folder, 'weights');
  for (const { imageNetFile } of Object.values(backbones)) {
    mkdirSync(path.join(cache, path.parse(imageNetFile).name), { recursive: true });
    writeFileSync(path.join(cache, path.parse(imageNetFile).name, imageNetFile), '');
  }
  const script = `import { weights, weightsVariable } from './infra/setup/weights.mjs'; const found = await weights({ triedAt: 0, insist: true }); console.log(JSON.stringify([found, Object.keys(found.files).map(weightsVariable)]));`;
  const find = (env: NodeJS.ProcessEnv): unknown => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8', env: { ...process.env, THAW_RESNET18_WEIGHTS: '', THAW_RESNET34_WEIGHTS: '', THAW_CACHE: cache, INIT_CWD: root, ...env } });
    return JSON.parse(stdout) as unknown;
  };
  const variables = backbone.options.map(weightsVariable);
  const cached = Object.fromEntries(Object.entries(backbones).map(([name, { imageNetFile }]) => [name, path.join(cache, path.parse(imageNetFile).name, imageNetFile)]));
  expect(find({ THAW_RESNET34_WEIGHTS: 'download' })).toEqual([{ files: cached, triedAt: 0 }, variables]);
  expect(find({ THAW_RESNET34_WEIGHTS: 'package.json' })).toEqual([{ files: { ...cached, resnet34: path.join(root, 'package.json') }, triedAt: 0 }, variables]);
  rmSync(path.join(cache, 'resnet34-b627a593'), { recursive: true });
  expect(find({})).toEqual([{ files: { resnet18: cached['resnet18'] }, triedAt: 0 }, ['THAW_RESNET18_WEIGHTS']]);
});

it('says in a sentence what is missing and what to do, and leaves nothing half made', { timeout: 60_000 }, () => {
  const cache = path.join(folder, 'cache');
  const noPython = launch([], { THAW_CACHE: cache, THAW_PYTHON: 'no-such-python' });
  expect([noPython.status, noPython.last]).toEqual([1, expect.stringMatching(/^no-such-python is missing: install Python 3 with pip/)]);
  expect(readdirSync(cache)).toEqual([]);

  writeFileSync(path.join(folder, 'file'), '');
  const noCache = launch([], { THAW_CACHE: path.join(folder, 'file/cache') });
  expect([noCache.status, noCache.last]).toEqual([1, expect.stringMatching(/^The cache folder .* cannot be made \(ENOTDIR\)\. Name a folder/)]);

  const noWeights = launch([], { INIT_CWD: folder, THAW_RESNET18_WEIGHTS: 'missing.pth' });
  expect([noWeights.status, noWeights.last]).toEqual([2, `THAW_RESNET18_WEIGHTS names ${folder}/missing.pth, and there is no such file.`]);
});
