import { beforeAll, expect, test, vi } from 'vitest';
import { everyStep, expectInTime, expectSound } from './expectSound.ts';
import { full, goalSeconds as goal, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

/** What may happen between API and dispatcher and their database. */
const away = full ? 20 : 3;
const latencyMs = full ? 500 : 100;
/** The longest time after which a connection that nothing comes from is given up, see db/src/watchedSocket.ts, and the pause of the dispatcher after it. */
const forgottenGoal = 65 + 6.5 + 15;
const epochs = 20;

export function database(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });
  async function begin(): Promise<string> {
    const id = await world.launch(epochs);
    world.work();
    await world.checkpointed(id);
    return id;
  }
  async function end(id: string): Promise<void> {
    await world.until(id, status('succeeded'), full ? 400 : 60);
    expect((await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) })).attempt).toBe(1);
  }

  test(`outlives that the database is out of reach for ${away} s`, { timeout: within(300) }, async () => {
    const id = await begin();
    const was = await world.run(id);
    await world.toDatabase.cut();
    await new Promise((resolve) => setTimeout(resolve, away * 1000));
    await world.toDatabase.mend();
    const seconds = await world.recovered(id, was, performance.now());
    await end(id);
    expectInTime(seconds);
    note({ fault: `database cut off for ${away} s`, happened: `events waited on the disk of the worker; the same attempt, ${everyStep(null)}`, seconds, goal });
  });

  test(`outlives that the database answers ${latencyMs} ms later`, { timeout: within(400) }, async () => {
    await world.toDatabase.slow({ latencyMs });
    const id = await begin();
    await end(id);
    note({ fault: `database slow (${latencyMs} ms each way and back)`, happened: `trained on; the same attempt, ${everyStep(null)}`, seconds: null, goal });
  });

  test.runIf(full)('outlives that connections to the database are forgotten on the way: they stay, and swallow all', { timeout: within(400) }, async () => {
    const id = await begin();
    const [before] = await world.sql<{ now: Date }[]>`select now()`;
    const was = await world.run(id);
    world.connections.forget();
    const since = performance.now();
    const told = vi.waitFor(
      async () => {
        const [row] = await world.sql<{ step: number }[]>`select step from run where id = ${id}`;
        expect(row?.step).toBeGreaterThan(was.step);
        return (performance.now() - since) / 1000;
      },
      { timeout: 120_000, interval: 100 },
    );
    const listening = vi.waitFor(
      async () => {
        const rows = await world.sql`select 1 from pg_stat_activity where application_name like 'thaw-%-listen' and backend_start > ${before?.now ?? ''}`;
        expect(rows.length).toBeGreaterThanOrEqual(2);
        return (performance.now() - since) / 1000;
      },
      { timeout: 120_000, interval: 100 },
    );
    const [seconds, heard] = await Promise.all([told, listening]);
    await end(id);
    note({ fault: 'database connections forgotten by the network (half open)', happened: `trained on; listeners back after ${heard.toFixed(0)} s; the same attempt, ${everyStep(null)}`, seconds, goal: forgottenGoal });
  });
}
