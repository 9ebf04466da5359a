import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Run } from '@thaw/contract/runs';
import { startWorld, type World } from './workerWorld.ts';

/**
 * The agent against the real API, PostgreSQL and S3 server; only its trainer is a double, which is quick and dies on demand. What happens
 * when other parts fail is in test/faults.
 */
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
  for (const { child, ended } of world.workers.splice(0)) {
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

test('a run goes its whole way, and its files are where the API says', async () => {
  world.startWorker('double', flags);
  const id = await world.createRun(spec);
  const run = await until(id, status('succeeded'));
  const { iterations, epochs } = await world.metrics(id);
  expect(iterations.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(run).toMatchObject({ attempt: 1, step: steps, epoch: 20, stepsPerEpoch: 5, result: { best: { epoch: 1 } } });
  const newest = (await world.checkpoints(id)).at(-1);
  expect(newest).toMatchObject({ step: steps });
  for (const { uri, bytes } of [...(newest?.files ?? []), ...run.curves]) expect((await world.object(uri)).length).toBe(bytes);
  expect((await world.object(run.curves.find(({ name }) => name === 'iterations.csv')?.uri ?? '')).toString().trim().split('\n')).toHaveLength(steps + 1);
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

test('a run that always kills its trainer is failed with the reason, and the queue goes on', async () => {
  const worker = world.startWorker('double', ['--fault', 'signal:SIGKILL', '--fault-step', '2']);
  const id = await world.createRun(spec);
  const run = await until(id, status('failed'), 30_000);
  expect(run.attempt).toBe(3);
  expect(run.failure).toMatchObject({ code: 'worker_crashed', message: expect.stringContaining('out of memory') as unknown });
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
});
