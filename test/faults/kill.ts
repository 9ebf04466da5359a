import { beforeAll, expect, test, vi } from 'vitest';
import { seededRandom } from '../integration/seededRandom.ts';
import { everyStep, expectInTime, expectSound } from './expectSound.ts';
import { full, goalSeconds as goal, seed, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

const kills = Number(process.env['THAW_FAULTS_KILLS'] ?? (full ? 20 : 3));
/** Of the kills this many do not wait for training to go on: they come while a worker starts, fetches, or loads a checkpoint. */
const early = (kill: number): boolean => kill % 4 === 2;

export function kill(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  test(`is killed at ${kills} random moments of one run (THAW_FAULTS_SEED=${seed})`, { timeout: within(180 + kills * 60) }, async () => {
    const epochs = full ? 80 : 48;
    // It trains while others wait for leases.
    const undisturbed = world.undisturbed(epochs);
    undisturbed.catch(() => undefined);
    if (full) await vi.waitFor(async () => expect(await world.sql`select 1 from run where status = 'running'`).toHaveLength(1), { timeout: 60_000, interval: 50 });
    const id = await world.launch(epochs);
    const random = seededRandom(seed);
    world.work();
    const recoveries: number[] = [];
    let was = { attempt: 0, step: Infinity };
    let since = performance.now();
    for (let count = 1; count <= kills; count++) {
      if (early(count)) await world.until(id, ({ attempt, status: now }) => attempt > was.attempt && now === 'running');
      else {
        const seconds = await world.recovered(id, was, since);
        if (was.attempt > 0) recoveries.push(seconds);
      }
      // In the middle of anything: epochs, checkpoints, uploads.
      await new Promise((resolve) => setTimeout(resolve, random() * (full ? 3000 : 1200)));
      // A third one that brings no checkpoint would be the end of the run, as it should.
      const rows = await world.sql<{ progressed: boolean }[]>`select progressed from attempt where run_id = ${id} order by number desc limit 2`;
      if (rows.length === 2 && rows.every(({ progressed }) => !progressed)) await progress(id);
      const { attempt, status: now } = await world.run(id);
      expect(now).toBe('running');
      const worker = await world.workerOf(id);
      // Already there, as others would be: it asks every two seconds.
      world.work();
      worker.child.kill('SIGKILL');
      await worker.ended;
      was = { attempt, step: Infinity };
      since = performance.now();
    }
    recoveries.push(await world.recovered(id, was, since));
    await world.until(id, status('succeeded'));
    const whole = await undisturbed;
    const run = await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs), whole });
    expect(run.attempt).toBe(kills + 1);
    const [slowest, usual] = [Math.max(...recoveries), recoveries.reduce((sum, one) => sum + one, 0) / recoveries.length];
    expectInTime(slowest);
    note({ fault: `worker killed ${kills} times (kill -9)`, happened: `${run.attempt} attempts, on average back after ${usual.toFixed(1)} s; ${everyStep(whole)}`, seconds: slowest, goal });
  });

  const progress = (id: string): Promise<void> =>
    vi.waitFor(async () => expect((await world.sql`select 1 from attempt join run on run.id = run_id and number = attempt where run.id = ${id} and progressed`).length).toBe(1), { timeout: 120_000, interval: 50 });
}
