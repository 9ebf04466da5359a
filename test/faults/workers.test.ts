import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { anyStorage } from '../integration/apiHarness.ts';
import { childrenOf } from '../integration/processTree.ts';
import { contentOf, expectSound } from './expectSound.ts';
import { full, goalSeconds, startFaultWorld, status, type FaultWorld } from './faultWorld.ts';
import { missingToxiproxy } from './network.ts';
import { note } from './table.ts';

/** What may happen to a worker. */
const goal = goalSeconds;
const kills = full ? 20 : 3;
const seed = Number(process.env['THAW_FAULTS_SEED'] ?? 1);

describe.skipIf(missingToxiproxy() !== null)('a worker', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await startFaultWorld(anyStorage);
  });
  afterAll(() => world?.stop());
  afterEach(async () => {
    for (const { child } of world.workers) child.kill('SIGCONT');
    await world.leave();
  });

  test(`is killed at ${kills} random moments of one run (THAW_FAULTS_SEED=${seed})`, { timeout: kills * 60_000 }, async () => {
    const epochs = full ? 60 : 48;
    const id = await world.launch(epochs);
    const random = seededRandom(seed);
    world.work();
    const recoveries: number[] = [];
    let at = { was: { attempt: 0, step: 0 }, since: performance.now() };
    for (let kill = 0; kill <= kills; kill++) {
      const seconds = await world.recovered(id, at.was, at.since);
      if (kill > 0) recoveries.push(seconds);
      if (kill === kills) break;
      // From the first step on, in the middle of anything: epochs, checkpoints, uploads.
      await new Promise((resolve) => setTimeout(resolve, random() * (full ? 6000 : 1200)));
      const rows = await world.sql<{ progressed: boolean }[]>`select progressed from attempt where run_id = ${id} order by number desc limit 2`;
      // A third one that brings no checkpoint would be the end of the run, as it should.
      if (rows.length === 2 && rows.every(({ progressed }) => !progressed)) await progress(id);
      const { attempt, status: now } = await world.run(id);
      expect(now).toBe('running');
      const worker = await world.workerOf(id);
      // Already there, as others would be: it asks every two seconds.
      world.work();
      worker.child.kill('SIGKILL');
      await worker.ended;
      at = { was: { attempt, step: Infinity }, since: performance.now() };
    }
    await world.until(id, status('succeeded'));
    const run = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
    expect(run.attempt).toBe(kills + 1);
    const [slowest, usual] = [Math.max(...recoveries), recoveries.reduce((sum, one) => sum + one, 0) / kills];
    expect(slowest).toBeLessThan(goal);
    note({ fault: `worker killed ${kills} times`, happened: `${run.attempt} attempts, on average back after ${usual.toFixed(1)} s; every step once`, seconds: slowest, goal });
  });

  const progress = (id: string): Promise<void> =>
    vi.waitFor(async () => expect((await world.sql`select 1 from attempt join run on run.id = run_id and number = attempt where run.id = ${id} and progressed`).length).toBe(1), { timeout: 60_000, interval: 50 });

  test('is frozen for longer than its lease, and writes nothing when it wakes', { timeout: 120_000 }, async () => {
    const id = await world.launch(full ? 12 : 20);
    const frozen = world.work();
    await world.checkpointed(id);
    world.work();
    const { attempt } = await world.run(id);
    frozen.child.kill('SIGSTOP');
    const seconds = await world.recovered(id, { attempt, step: Infinity }, performance.now());
    await world.until(id, status('succeeded'));
    await expectSound(world, id, { status: 'succeeded' });
    const before = await contentOf(world, id);
    frozen.child.kill('SIGCONT');
    await vi.waitFor(() => expect(frozen.output()).toContain('dropped'), 20_000);
    await new Promise((resolve) => setTimeout(resolve, full ? 10_000 : 1000));
    expect(await contentOf(world, id)).toEqual(before);
    expect((await world.run(id)).attempt).toBe(2);
    expect(seconds).toBeLessThan(goal);
    note({ fault: 'worker frozen past its lease, then awake (SIGSTOP, SIGCONT)', happened: 'went on elsewhere; the old one changed no row and no object', seconds, goal });
  });

  test('is told to go: the run waits in the queue with its checkpoint, and the next worker takes it at once', { timeout: 120_000 }, async () => {
    const epochs = full ? 12 : 20;
    const id = await world.launch(epochs);
    const first = world.work();
    const { attempt } = await world.until(id, ({ step }) => step > 5);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const since = performance.now();
    const queued = await world.run(id);
    expect(queued.status).toBe('queued');
    expect((await world.checkpoints(id)).at(-1)?.step).toBe(queued.step);
    world.work();
    const seconds = await world.recovered(id, { attempt, step: Infinity }, since);
    await world.until(id, status('succeeded'));
    expect((await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) })).attempt).toBe(2);
    expect(seconds).toBeLessThan(goal);
    note({ fault: 'worker told to go (SIGTERM)', happened: 'left a checkpoint of its last step; the next worker went on from there', seconds, goal });
  });

  test('whose trainer hangs kills it, and goes on from the last checkpoint', { timeout: 120_000 }, async () => {
    const epochs = full ? 12 : 20;
    const id = await world.launch(epochs);
    const worker = world.work({ THAW_SILENT_MINUTES: String((full ? 15 : 3) / 60) });
    await world.checkpointed(id);
    const { attempt } = await world.run(id);
    const [trainer = 0] = childrenOf(worker.child.pid ?? 0);
    process.kill(trainer, 'SIGSTOP');
    const seconds = await world.recovered(id, { attempt, step: Infinity }, performance.now());
    await world.until(id, status('succeeded'));
    const run = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
    expect(run.attempt).toBe(2);
    const [row] = await world.sql<{ message: string }[]>`select failure ->> 'message' as message from attempt where run_id = ${id} and number = 1`;
    expect(row?.message).toMatch(/^The training process said nothing for (3|15) seconds and was ended\./);
    note({ fault: `trainer hangs (SIGSTOP; patience ${full ? 15 : 3} s)`, happened: 'killed by its worker, which went on from the last checkpoint', seconds, goal: goal + (full ? 15 : 3) });
  });
});

/** Mulberry32: numbers from 0 to 1. */
function seededRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
