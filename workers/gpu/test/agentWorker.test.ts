import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorkFolder, removeAbandonedFolders } from '@thaw/worker-agent/workFolder';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readEnvironment } from '../src/agent/environment.ts';
import { startProtocolServer, type ProtocolServer } from './fixtures/protocolServer.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const script = fileURLToPath(new URL('fixtures/workerWithDouble.ts', import.meta.url));
const newFolder = temporaryFolders();
let server: ProtocolServer;
let folder: string;

beforeEach(async () => {
  server = await startProtocolServer();
  folder = await newFolder();
});
afterEach(() => server.close());

interface Worker {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}
function startWorker(flags: string[] = [], environment: NodeJS.ProcessEnv = {}): Worker {
  const child = spawn(process.execPath, [script, ...flags], {
    env: { PATH: '', THAW_API_URL: `${server.url}/`, THAW_WORKER_TOKEN: 'worker-token', THAW_DEVICE: 'cpu', THAW_WORK_DIR: join(folder, 'work'), THAW_CACHE_DIR: join(folder, 'cache'), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { child, output: () => output, ended: new Promise((resolve) => child.once('close', resolve)) };
}

test('a worker takes run after run, leaves after its idle time, and leaves nothing behind', async () => {
  server.claims = 2;
  const worker = startWorker([], { THAW_IDLE_SECONDS: '1' });
  expect(await worker.ended).toBe(0);
  expect(server.finished).toHaveLength(2);
  expect(server.calls.filter((call) => call === 'GET pack')).toHaveLength(1);
  expect(await readdir(join(folder, 'work'))).toEqual([]);
  expect(worker.output()).not.toContain('worker-token');
});

test('a worker for one run leaves after it, or at once when it is not to be had', async () => {
  expect(await startWorker([], { THAW_RUN: 'run1' }).ended).toBe(0);
  expect(server.finished).toHaveLength(1);
  expect(await startWorker([], { THAW_RUN: 'run1' }).ended).toBe(0);
  expect(server.finished).toHaveLength(1);
});

test('a wrong token or environment ends the worker with a reason', async () => {
  const refused = startWorker([], { THAW_WORKER_TOKEN: 'wrong' });
  const unset = startWorker([], { THAW_API_URL: 'nonsense', THAW_DEVICE: 'tpu' });
  expect([await refused.ended, await unset.ended]).toEqual([1, 1]);
  expect(refused.output()).toContain('the API answers 401: Wrong token.');
  expect(unset.output()).toMatch(/THAW_API_URL is the address of the API[^]*THAW_DEVICE/);
});

test('a worker whose device cannot be used claims nothing', async () => {
  const worker = startWorker([], { THAW_DEVICE: 'gpu' });
  expect(await worker.ended).toBe(1);
  expect(worker.output()).toContain('The device of this worker cannot be used');
  expect(server.calls).toEqual([]);
});

test('a worker waits for an API that is not there yet', async () => {
  let away = true;
  server.fault = () => (away ? 'cut' : null);
  const worker = startWorker([], { THAW_IDLE_SECONDS: '1' });
  await vi.waitFor(() => expect(server.calls.length).toBeGreaterThan(1), 5000);
  away = false;
  expect(await worker.ended).toBe(0);
  expect(server.finished).toHaveLength(1);
});

test('SIGTERM: the trainer stops, its checkpoint is stored, the API is told, the worker leaves', async () => {
  const worker = startWorker(['--steps', '1000']);
  await vi.waitFor(() => expect(server.events().length).toBeGreaterThan(5), 10_000);
  worker.child.kill('SIGTERM');
  worker.child.kill('SIGINT');
  expect(await worker.ended).toBe(0);
  expect(server.finished).toMatchObject([{ outcome: { status: 'stopped' } }]);
  expect(server.checkpoints).toHaveLength(1);
  expect(await readdir(join(folder, 'work'))).toEqual([]);
});

test('what a killed worker leaves is removed by the next, what a live one has is not', async () => {
  const work = join(folder, 'work');
  const living = await createWorkFolder(work);
  const killed = startWorker(['--steps', '1000']);
  await vi.waitFor(() => expect(server.events().length).toBeGreaterThan(5), 10_000);
  killed.child.kill('SIGKILL');
  await killed.ended;
  // A later process with the number of a dead one, and a worker of another machine on a shared volume.
  for (const [name, owner] of [['worker-reused', { host: hostname(), pid: process.pid, born: '1' }], ['worker-far', { host: 'elsewhere', pid: 1, born: '1' }]] as const) {
    await mkdir(join(work, name));
    await writeFile(join(work, name, 'owner.json'), JSON.stringify(owner));
  }
  await mkdir(join(work, 'not-ours'));
  expect(await readdir(work)).toHaveLength(5);
  expect(await removeAbandonedFolders(work)).toBe(process.platform === 'linux' ? 2 : 1);
  expect((await readdir(work)).sort()).toEqual(expect.arrayContaining(['not-ours', 'worker-far', living.slice(work.length + 1)]));
  expect(JSON.parse(await readFile(join(living, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
});

test('what a dying trainer still writes into is left for the next worker, and stops nobody', async () => {
  const work = join(folder, 'work');
  const dead = join(work, 'worker-dead');
  await mkdir(join(dead, 'out'), { recursive: true });
  await writeFile(join(dead, 'owner.json'), JSON.stringify({ host: hostname(), pid: 4_194_304, born: '1' }));
  // A few names again and again, and not for ever: whatever becomes of this test, the disk must not.
  const writing = `for (const end = Date.now() + 30_000, i = [0]; Date.now() < end; i[0]++) { require('fs').mkdirSync('out', { recursive: true }); try { require('fs').writeFileSync('out/' + i[0] % 1000, ''); } catch {} }`;
  const trainer = spawn(process.execPath, ['-e', writing], { cwd: dead, stdio: 'ignore' });
  const gone = new Promise((resolve) => trainer.once('close', resolve));
  let early: number;
  try {
    await vi.waitFor(async () => expect((await readdir(join(dead, 'out'))).length).toBeGreaterThan(0), 10_000);
    // Mostly 0; on a busy machine the trainer may stand still for long enough.
    early = await removeAbandonedFolders(work);
  } finally {
    trainer.kill('SIGKILL');
    await gone;
  }
  // Its mark may be gone by now, and a folder without one must be a minute old.
  if (early === 0) await utimes(dead, 0, 0);
  expect(early + (await removeAbandonedFolders(work))).toBe(1);
  expect(await readdir(work)).toEqual([]);
});

test('the environment has defaults, and empty is unset', () => {
  const environment = readEnvironment({ THAW_API_URL: 'http://localhost:3001', THAW_WORKER_TOKEN: 't', THAW_RUN: '', THAW_IDLE_SECONDS: '' });
  expect(environment).toMatchObject({ THAW_DEVICE: 'auto', THAW_IDLE_SECONDS: 0, THAW_CACHE_GB: 20 });
  expect(environment.THAW_RUN).toBeUndefined();
});

test('the token may come in a file, or through standard input', async () => {
  const file = join(folder, 'token');
  await writeFile(file, 't0\n');
  const rest = { THAW_API_URL: 'http://localhost:3001' };
  expect(readEnvironment({ ...rest, THAW_WORKER_TOKEN_FILE: file }).THAW_WORKER_TOKEN).toBe('t0');
  expect(() => readEnvironment({ ...rest, THAW_WORKER_TOKEN_FILE: `${file}2` })).toThrow(/THAW_WORKER_TOKEN_FILE names .*token2, which cannot be read \(ENOENT\)/);

  const env = { PATH: '', THAW_API_URL: server.url, THAW_WORKER_TOKEN_FILE: '/dev/stdin', THAW_DEVICE: 'cpu', THAW_WORK_DIR: join(folder, 'work'), THAW_CACHE_DIR: join(folder, 'cache'), THAW_RUN: 'run1' };
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin?.end('worker-token\n');
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(server.finished).toHaveLength(1);
});
