import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import { createLog } from '@thaw/api/log';
import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { beforeAll, expect, test, vi } from 'vitest';
import { isAlive } from '../integration/processTree.ts';
import { expectInTime, expectSound, keysUnder } from './expectSound.ts';
import { full, goalSeconds as goal, leaseSeconds, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** What may happen to what a worker depends on: the API, the dispatcher, the database, the storage, the network between them. */
const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
/** Seconds for which the storage is away, and for which the network is. */
const [storageAway, networkAway] = full ? [60, 120] : [4, leaseSeconds + 2];
const epochs = 20;

export function services(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  /** Begins a run and waits for its first checkpoint. */
  async function begin(of = epochs): Promise<string> {
    const id = await world.launch(of);
    world.work();
    await world.checkpointed(id);
    return id;
  }
  /** Waits for its end, and notes what came of it. */
  async function end(id: string, { fault, seconds, goes, of = epochs }: { fault: string; seconds: number | null; goes: string; of?: number }): Promise<number> {
    await world.until(id, status('succeeded'), full ? 400 : 60);
    const { attempt } = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(of) });
    expectInTime(seconds);
    note({ fault, happened: `${goes}; ${attempt === 1 ? 'the same attempt' : `${attempt} attempts`}, every step once`, seconds, goal });
    return attempt;
  }

  test('outlives that the API is killed and started again within its lease: nothing is lost', { timeout: within(120) }, async () => {
    const id = await begin();
    const killedAt = performance.now();
    await world.killApi();
    await pause(0.5);
    await world.startApi();
    const away = (performance.now() - killedAt) / 1000;
    const seconds = await world.recovered(id, await world.run(id), performance.now());
    const attempts = await end(id, { fault: 'API killed, started again at once', seconds, goes: 'events waited on the disk of the worker' });
    // On a busy machine it takes longer to start than the lease lasts.
    if (away < leaseSeconds - 2) expect(attempts).toBe(1);
  });

  test('outlives that the API is away for longer than its lease', { timeout: within(180) }, async () => {
    const id = await begin();
    await world.killApi();
    await pause(leaseSeconds + 2);
    await world.startApi();
    const seconds = await world.recovered(id, await world.run(id), performance.now());
    await end(id, { fault: `API away for ${leaseSeconds + 2} s (lease: ${leaseSeconds} s)`, seconds, goes: 'went on once it was back' });
  });

  test('outlives that the dispatcher is killed with the worker that it had started', { timeout: within(180) }, async () => {
    const id = await world.launch(epochs);
    await world.whileLaunching(world.workerCommand(), async (again) => {
      await world.checkpointed(id);
      const { attempt } = await world.run(id);
      const workers = await again();
      expect(workers).toHaveLength(1);
      await vi.waitFor(() => expect(world.dispatched()).toContain('the dispatcher is ready'), { timeout: 60_000, interval: 50 });
      const since = performance.now();
      const seconds = await world.recovered(id, { attempt, step: Infinity }, since);
      await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 50 });
      await end(id, { fault: 'dispatcher killed, started again', seconds, goes: 'its worker went with it and left a checkpoint; a new one was started' });
    });
  });

  for (const how of ['stopped', 'killed'] as const)
    test(`outlives that PostgreSQL is ${how} and started again`, { timeout: within(120) }, async () => {
      const id = await begin();
      await world.servers.restartDatabase(how, 1000);
      const seconds = await world.recovered(id, await vi.waitFor(() => world.run(id), { timeout: 20_000, interval: 50 }), performance.now());
      expect(await end(id, { fault: `PostgreSQL ${how}, away for a second`, seconds, goes: 'what it had said was kept is there' })).toBe(1);
    });

  test(`outlives that the storage is away for ${storageAway} s`, { timeout: within(storageAway + 240) }, async () => {
    const id = await begin();
    await world.toStorage.cut();
    await pause(storageAway);
    await world.toStorage.mend();
    expect(await end(id, { fault: `storage away for ${storageAway} s`, seconds: null, goes: 'trained on; checkpoints waited' })).toBe(1);
  });

  test(`outlives a storage that answers 503 for ${storageAway} s`, { timeout: within(storageAway + 240) }, async () => {
    const id = await begin();
    world.proxy.fault = () => 503;
    await pause(storageAway);
    expect(world.proxy.refused).toBeGreaterThan(0);
    world.proxy.fault = () => null;
    expect(await end(id, { fault: `storage answers 503 for ${storageAway} s`, seconds: null, goes: 'trained on; checkpoints waited' })).toBe(1);
  });

  test('that the storage deletes nothing for is not held up, and what should have gone goes later', { timeout: within(240) }, async () => {
    world.proxy.fault = ({ method }) => (method === 'DELETE' ? 503 : null);
    const of = full ? 12 : 6;
    const id = await world.launch(of);
    // Slow enough for each checkpoint to be stored before the next.
    world.work({}, 1500);
    expect(await end(id, { fault: 'storage deletes nothing', seconds: null, goes: 'old checkpoints went once it did', of })).toBe(1);
    world.proxy.fault = () => null;
    const db = openDatabase({ url: world.servers.databaseUrl, name: 'thaw-test', max: 2 });
    const storage = openStorage(world.servers.s3);
    try {
      const named = (await world.checkpoints(id)).flatMap(({ files }) => files.map(({ uri }) => uri.replace(/^s3:\/\/[^/]+\//, ''))).sort();
      const stored = (): Promise<string[]> => keysUnder(world, `runs/${id}/checkpoints/`);
      expect((await stored()).length).toBeGreaterThan(named.length);
      await world.sql`update removal set due_at = now() - interval '1 second'`;
      await sweepRemovals({ db, storage, log: createLog('test', 'silent') });
      expect((await stored()).sort()).toEqual(named);
    } finally {
      storage.close();
      await closeDatabase(db);
    }
  });

  test('outlives a slow storage', { timeout: within(400) }, async () => {
    const slow = full ? { latencyMs: 1000, kilobytesPerSecond: 20_000 } : { latencyMs: 300, kilobytesPerSecond: 2000 };
    await world.toStorage.slow(slow);
    const of = full ? 10 : 5;
    const id = await world.launch(of);
    world.work();
    expect(await end(id, { fault: `storage slow (${slow.latencyMs} ms, ${slow.kilobytesPerSecond / 1000} MB/s)`, seconds: null, goes: 'only the newest and the best checkpoint waited', of })).toBe(1);
  });

  test(`outlives that nothing passes between worker and API for ${networkAway} s`, { timeout: within(networkAway + 240) }, async () => {
    const id = await begin();
    await world.toApi.silence();
    await pause(networkAway);
    await world.toApi.mend();
    const seconds = await world.recovered(id, await world.run(id), performance.now());
    await end(id, { fault: `network between worker and API silent for ${networkAway} s`, seconds, goes: 'the lease ran out; went on from the last checkpoint' });
  });
}
