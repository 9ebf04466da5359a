import { beforeAll, expect, test, vi } from 'vitest';
import { expectSound } from './expectSound.ts';
import { status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** A run is cancelled, whatever it is at. */
export function cancel(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  async function cancelled(id: string, stage: string): Promise<void> {
    const since = performance.now();
    await world.until(id, status('cancelled'));
    await expectSound(world, id, { status: 'cancelled' });
    note({ fault: `cancelled ${stage}`, happened: `cancelled after ${((performance.now() - since) / 1000).toFixed(1)} s`, seconds: null, goal: 0 });
  }

  test('while it waits', async () => {
    const id = await world.launch(20);
    await world.cancel(id);
    await cancelled(id, 'while it waits');
  });

  test('while a worker is started for it', { timeout: within(60) }, async () => {
    await world.whileLaunching(['sleep', '60'], async () => {
      const id = await world.launch(20);
      await world.until(id, status('launching'));
      await world.cancel(id);
      await cancelled(id, 'while a worker is started for it');
    });
  });

  test('while its data are fetched', { timeout: within(60) }, async () => {
    await world.toStorage.slow({ latencyMs: 3000, kilobytesPerSecond: 50 });
    const id = await world.launch(20);
    world.work({ THAW_CACHE_DIR: `${world.folder}/cache of its own` });
    await world.until(id, status('running'));
    await world.cancel(id);
    await cancelled(id, 'while its data are fetched');
    expect((await world.run(id)).step).toBe(0);
  });

  test('while it trains', { timeout: within(60) }, async () => {
    const id = await world.launch(1000);
    world.work();
    await world.until(id, ({ step }) => step > 5);
    await world.cancel(id);
    await cancelled(id, 'while it trains');
  });

  test('while a checkpoint waits for the storage', { timeout: within(120) }, async () => {
    const id = await world.launch(1000);
    const before = world.proxy.refused;
    world.proxy.fault = ({ method, path }) => (method === 'PUT' && path.includes('/checkpoints/') ? 503 : null);
    world.work();
    await vi.waitFor(() => expect(world.proxy.refused).toBeGreaterThan(before), { timeout: 60_000, interval: 50 });
    await world.cancel(id);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    world.proxy.fault = () => null;
    await cancelled(id, 'while a checkpoint waits for the storage');
  });

  test('between two attempts', { timeout: within(60) }, async () => {
    const id = await world.launch(1000);
    const worker = world.work();
    const { step } = await world.until(id, (run) => run.step > 5);
    worker.child.kill('SIGKILL');
    await world.until(id, status('queued'));
    await world.cancel(id);
    await world.until(id, status('cancelled'));
    expect((await world.run(id)).step).toBeGreaterThanOrEqual(step);
    note({ fault: 'cancelled between two attempts', happened: 'cancelled at once', seconds: null, goal: 0 });
  });

  test('too late: it has trained to its end, and its curves wait for the storage', { timeout: within(120) }, async () => {
    const id = await world.launch(4);
    const before = world.proxy.refused;
    world.proxy.fault = ({ method, path }) => (method === 'PUT' && path.includes('/curves/') ? 503 : null);
    world.work();
    await vi.waitFor(() => expect(world.proxy.refused).toBeGreaterThan(before), { timeout: 60_000, interval: 50 });
    await world.cancel(id);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    world.proxy.fault = () => null;
    await world.until(id, status('succeeded'));
    await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(4) });
    note({ fault: 'cancelled while its curves are stored', happened: 'succeeded: it had trained to its end', seconds: null, goal: 0 });
  });
}
