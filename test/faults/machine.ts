import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { everyStep, expectSound } from './expectSound.ts';
import { full, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** What may be wrong with the machine of a worker: its disk, its clock. */
const fakeClock = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`).find((file) => existsSync(file));

/** A small disk, where this user may mount one; null where not. */
function mountSmallDisk(folder: string, megabytes: number): { unmount: () => void } | null {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
    return { unmount: () => void execFileSync('umount', [folder]) };
  } catch {
    return null;
  }
}

export function machine(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  test('whose disk becomes full at a checkpoint says so, and goes on from the last one once there is room', { timeout: within(240) }, async ({ skip }) => {
    const folder = path.join(world.folder, 'small');
    const disk = mountSmallDisk(folder, full ? 900 : 16);
    if (disk === null) return skip('only root can mount a small disk');
    const filler = path.join(folder, 'filler');
    try {
      const epochs = full ? 12 : 24;
      const whole = await world.undisturbed(epochs);
      await world.leave();
      const id = await world.launch(epochs);
      const worker = world.work({ THAW_WORK_DIR: path.join(folder, 'work') });
      await world.checkpointed(id);
      const was = await world.run(id);
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
      } catch {
        // What the worker wrote meanwhile; now it is full.
      }
      await world.until(id, ({ attempt, status: now }) => attempt > was.attempt || now === 'queued');
      rmSync(filler);
      const seconds = await world.recovered(id, { attempt: was.attempt, step: Infinity }, performance.now());
      await world.until(id, status('succeeded'));
      await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs), whole });
      const failures = await world.sql<{ message: string }[]>`select failure ->> 'message' as message from attempt where run_id = ${id} and outcome = 'failed'`;
      expect(failures.length).toBeGreaterThan(0);
      for (const { message } of failures) expect(message).toMatch(/disk of the worker is full/);
      note({ fault: 'disk of the worker full at a checkpoint', happened: `failed with that reason; went on from the last checkpoint once there was room; ${everyStep(whole)}`, seconds, goal: 30 });
      worker.child.kill('SIGTERM');
      await worker.ended;
    } finally {
      disk.unmount();
    }
  });

  test.skipIf(fakeClock === undefined)('whose clock is three hours fast and one that is a day slow train like others, as does an API that is ten minutes fast', { timeout: within(240) }, async () => {
    const clock = (offset: string) => ({ LD_PRELOAD: fakeClock, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
    const epochs = full ? 6 : 10;
    for (const offset of ['+3h', '-24h']) {
      const id = await world.launch(epochs);
      world.work(clock(offset));
      await world.until(id, status('succeeded'));
      expect((await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) })).attempt).toBe(1);
      await world.leave();
    }
    await world.killApi();
    await world.startApi(clock('+10m'));
    const id = await world.launch(epochs);
    world.work();
    await world.until(id, status('succeeded'));
    expect((await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) })).attempt).toBe(1);
    await world.killApi();
    await world.startApi();
    note({ fault: "clock of the worker wrong by hours, of the API by minutes", happened: 'no difference: time is the database\'s', seconds: null, goal: 0 });
  });
}
