import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { everyStep, expectSound } from './expectSound.ts';
import { full, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** A rented GPU: it knows the API's public address and a token, and reaches nothing of the network in which API and storage are. */
export function outside(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  test('trains on workers elsewhere, which know the address of the API and a token alone, and are taken away', { timeout: within(240) }, async () => {
    await world.killApi();
    await world.startApi({ S3_ENDPOINT: world.proxy.url, S3_PUBLIC_ENDPOINT: world.publicStorage });
    // Who comes to the inner address of the storage without credentials is no part of the inner network.
    world.proxy.fault = ({ path: asked }) => (asked.includes('X-Amz-Signature') ? 403 : null);
    const refused = world.proxy.refused;
    const TMPDIR = path.join(world.folder, 'elsewhere');
    mkdirSync(TMPDIR, { recursive: true });
    const epochs = full ? 12 : 16;
    const id = await world.launch(epochs);
    const first = world.workBare({ TMPDIR });
    await world.checkpointed(id);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const { step } = await world.run(id);
    expect(await world.run(id)).toMatchObject({ status: 'queued', attempt: 1 });
    world.workBare({ TMPDIR });
    await world.until(id, status('succeeded'));
    const run = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
    const rows = await world.sql<{ from: number | null }[]>`select resumed_from_step as from from attempt where run_id = ${id} order by number`;
    expect(rows.map(({ from }) => from)).toEqual([0, step]);
    expect([run.attempt, world.proxy.refused]).toEqual([2, refused]);

    // The other way round: a worker that says it is inside gets the inner address, which serves nobody from elsewhere.
    await world.leave();
    const other = await world.launch(epochs);
    world.workBare({ TMPDIR: path.join(world.folder, 'elsewhere'), THAW_CACHE_DIR: path.join(TMPDIR, 'empty'), THAW_STORAGE: 'internal' });
    await vi.waitFor(() => expect(world.proxy.refused).toBeGreaterThan(refused), { timeout: 60_000, interval: 50 });
    await world.cancel(other);
    await world.until(other, ({ status: now }) => now === 'cancelled' || now === 'failed');
    await world.leave();
    world.proxy.fault = () => null;
    await world.killApi();
    await world.startApi();
    note({ fault: 'worker elsewhere, with the API\'s public address and a token alone, taken away (SIGTERM)', happened: `left a checkpoint; another one elsewhere went on from there; ${everyStep(null)}`, seconds: null, goal: 0 });
  });
}
