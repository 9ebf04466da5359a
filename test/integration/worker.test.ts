import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Metrics, Run } from '@thaw/contract/runs';
import { leaseSeconds, startWorld, type World } from './workerWorld.ts';

/** The agent against the real API, PostgreSQL and S3 server; only its trainer is a double, which is quick and dies on demand. */
let world: World;

beforeAll(async () => {
  world = await startWorld({
    s3: 'seaweedfs',
    prepare: (folder) => {
      const data = path.join(folder, 'cifar');
      mkdirSync(data);
      for (const [name, records] of [['data_batch_1.bin', 100], ['test_batch.bin', 20]] as const)
        writeFileSync(path.join(data, name), Buffer.concat(Array.from({ length: records }, (_, i) => Buffer.alloc(3073, i % 10))));
      return Promise.resolve({ data, weights: null });
    },
  });
});
afterAll(() => world.stop());
afterEach(async () => {
  world.proxy.fault = () => null;
  for (const { child, ended } of world.workers.splice(0)) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }
});

const spec = { preset: 'scratch', data: { trainLimit: null, testLimit: null } };
/** 20 epochs of 5 steps in about 3 s. */
const flags = ['--epochs', '20', '--steps', '5', '--step-ms', '25'];
const steps = 100;

const until = async (id: string, done: (run: Run) => boolean, timeout = 20_000): Promise<Run> =>
  vi.waitFor(
    async () => {
      const run = await world.run(id);
      if (!done(run)) throw new Error(`the run stands at ${run.status}, attempt ${run.attempt}, step ${run.step}, ${JSON.stringify(run.failure)}`);
      return run;
    },
    { timeout, interval: 50 },
  );
const status = (wanted: Run['status']) => (run: Run) => run.status === wanted;
const checkpointed = (id: string): Promise<void> => vi.waitFor(async () => expect((await world.checkpoints(id)).length).toBeGreaterThan(0), { timeout: 15_000, interval: 50 });

async function expectComplete(id: string, last = steps): Promise<Metrics> {
  const { iterations, epochs } = await world.metrics(id);
  expect(iterations.map(({ step }) => step)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: Math.floor(last / 5) }, (_, i) => i + 1));
  return { iterations, epochs };
}

test('a run goes its whole way, and its files are where the API says', async () => {
  world.startWorker('double', flags);
  const id = await world.createRun(spec);
  const run = await until(id, status('succeeded'));
  await expectComplete(id);
  expect(run).toMatchObject({ attempt: 1, step: steps, epoch: 20, stepsPerEpoch: 5, result: { best: { epoch: 1 } } });
  const newest = (await world.checkpoints(id)).at(-1);
  expect(newest).toMatchObject({ step: steps });
  for (const { uri, bytes } of [...(newest?.files ?? []), ...run.curves]) expect((await world.object(uri)).length).toBe(bytes);
  expect((await world.object(run.curves.find(({ name }) => name === 'iterations.csv')?.uri ?? '')).toString().trim().split('\n')).toHaveLength(steps + 1);
});

test('kill -9 of the worker: another goes on from the last checkpoint within lease + 10 s', async () => {
  const first = world.startWorker('double', flags);
  const id = await world.createRun(spec);
  await checkpointed(id);
  first.child.kill('SIGKILL');
  const killedAt = performance.now();
  world.startWorker('double', flags);
  await until(id, ({ attempt, status: now }) => attempt === 2 && now === 'running', (leaseSeconds + 10) * 1000);
  expect((performance.now() - killedAt) / 1000).toBeLessThan(leaseSeconds + 10);
  const run = await until(id, status('succeeded'));
  expect(run.attempt).toBe(2);
  await expectComplete(id);
  expect((await world.object(run.curves.find(({ name }) => name === 'iterations.csv')?.uri ?? '')).toString().trim().split('\n')).toHaveLength(steps + 1);
});

test('the API is killed and comes back within the lease: the attempt goes on and nothing is lost', async () => {
  world.startWorker('double', flags);
  const id = await world.createRun(spec);
  await until(id, ({ step }) => step > 5);
  await world.killApi();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await world.startApi();
  const run = await until(id, status('succeeded'));
  expect(run.attempt).toBe(1);
  await expectComplete(id);
});

test('the API is away for longer than the lease: the run goes on from its checkpoint, every step once', async () => {
  world.startWorker('double', [...flags, '--step-ms', '60']);
  const id = await world.createRun(spec);
  await checkpointed(id);
  await world.killApi();
  await new Promise((resolve) => setTimeout(resolve, (leaseSeconds + 2) * 1000));
  await world.startApi();
  await until(id, status('succeeded'), 30_000);
  await expectComplete(id);
});

test('a cancelled run stops with a checkpoint of its last step', async () => {
  const worker = world.startWorker('double', [...flags, '--epochs', '1000']);
  const id = await world.createRun(spec);
  await until(id, ({ step }) => step > 5);
  await world.cancel(id);
  const run = await until(id, status('cancelled'));
  const newest = (await world.checkpoints(id)).at(-1);
  expect(newest?.step).toBe(run.step);
  await expectComplete(id, run.step);
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
});

test('SIGTERM of the worker: the run waits in the queue with its checkpoint, and the next worker takes it at once', async () => {
  const first = world.startWorker('double', flags);
  const id = await world.createRun(spec);
  await until(id, ({ step }) => step > 5);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const queued = await world.run(id);
  expect(queued.status).toBe('queued');
  expect((await world.checkpoints(id)).at(-1)?.step).toBe(queued.step);
  world.startWorker('double', flags);
  expect((await until(id, status('succeeded'))).attempt).toBe(2);
  await expectComplete(id);
});

test('truncated files in the cache are fetched again', async () => {
  const cache = path.join(world.folder, 'cache of this test');
  const sizes = (): Record<string, number> => Object.fromEntries(readdirSync(cache).map((name) => [name, statSync(path.join(cache, name)).size]));
  const worker = world.startWorker('double', ['--epochs', '1'], { THAW_CACHE_DIR: cache });
  await until(await world.createRun(spec), status('succeeded'));
  const before = sizes();
  expect(Object.keys(before)).toHaveLength(2);
  for (const name of Object.keys(before)) truncateSync(path.join(cache, name), 10);
  await until(await world.createRun(spec), status('succeeded'));
  expect(sizes()).toEqual(before);
  expect(worker.output()).not.toContain('error');
});

test('a storage that answers 503 for seconds: the run survives and its last checkpoint is there', async () => {
  world.startWorker('double', flags);
  const id = await world.createRun(spec);
  await checkpointed(id);
  world.proxy.fault = () => 503;
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(world.proxy.refused).toBeGreaterThan(0);
  world.proxy.fault = () => null;
  const run = await until(id, status('succeeded'), 40_000);
  expect(run.attempt).toBe(1);
  await expectComplete(id);
  expect((await world.checkpoints(id)).at(-1)?.step).toBe(steps);
});

test('a worker that was frozen past its lease writes nothing when it wakes', async () => {
  const frozen = world.startWorker('double', [...flags, '--epochs', '1000'], { THAW_RUN: '' });
  const id = await world.createRun(spec);
  await checkpointed(id);
  frozen.child.kill('SIGSTOP');
  world.startWorker('double', flags);
  await until(id, status('succeeded'), 30_000);
  const [before, checkpoints] = [await expectComplete(id), await world.checkpoints(id)];
  frozen.child.kill('SIGCONT');
  await vi.waitFor(() => expect(frozen.output()).toContain('dropped'), 10_000);
  expect(await world.metrics(id)).toEqual(before);
  expect(await world.checkpoints(id)).toEqual(checkpoints);
  expect((await world.run(id)).attempt).toBe(2);
});

test('a run that always kills its trainer is failed with the reason, and the queue goes on', async () => {
  const worker = world.startWorker('double', ['--fault', 'signal:SIGKILL', '--fault-step', '2']);
  const id = await world.createRun(spec);
  const run = await until(id, status('failed'), 30_000);
  expect(run.attempt).toBe(3);
  expect(run.failure).toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('out of memory') as unknown });
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
});
