import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../integration/seededRandom.ts';
import { expectSound } from './expectSound.ts';
import { full, seed, status, within, type FaultWorld } from './faultWorld.ts';
import { note } from './table.ts';

const epochs = 16;
const workers = 2;
const faults = full ? 40 : 8;

/** One fault after another, and in the midst of each other's mending. */
export function chaos(started: () => FaultWorld): void {
  let world: FaultWorld;
  beforeAll(() => {
    world = started();
  });

  const acts: Readonly<Record<string, () => Promise<void> | void>> = {
    'connections to the database reset': () => world.connections.reset(),
    'connections to the database ended': () => world.connections.end(),
    'PostgreSQL stopped': () => world.servers.restartDatabase('stopped', 300),
    'PostgreSQL killed': () => world.servers.restartDatabase('killed', 300),
    'API killed': async () => {
      await world.killApi();
      await world.startApi();
    },
    'dispatcher killed': async () => {
      await world.killDispatcher();
      world.startDispatcher();
    },
    'storage answers 503': async () => {
      world.proxy.fault = () => 503;
      await sleep(1000);
      world.proxy.fault = () => null;
    },
    'nothing passes to the API': async () => {
      await world.toApi.silence();
      await sleep(1000);
      await world.toApi.mend();
    },
  };

  test(`end as they should, ${faults} faults of all kinds in a row (THAW_FAULTS_SEED=${seed})`, { timeout: within(400) }, async () => {
    const random = seededRandom(seed);
    const names = Object.keys(acts);
    const ids: string[] = [];
    for (let n = 0; n < faults; n++) {
      // Each kind once, then by chance; runs are launched all along.
      const name = n < names.length ? (names[n] ?? '') : (names[Math.floor(random() * names.length)] ?? '');
      if (n % 4 === 0) ids.push(await world.launch(epochs));
      if (n === 0) for (let worker = 0; worker < workers; worker++) world.work();
      await sleep(300 + random() * (full ? 5000 : 700));
      await acts[name]?.();
      expect(world.servicesLive(), `after ${name}`).toBe(true);
    }
    for (const id of ids) {
      await world.until(id, status('succeeded'), full ? 600 : 90);
      await expectSound(world, id, { status: 'succeeded', steps: world.stepsOf(epochs) });
    }
    expect(world.servicesLive()).toBe(true);
    note({ fault: `${faults} faults in a row, of ${names.length} kinds`, happened: `${ids.length} runs, every step once; API and dispatcher lived on but where they were killed`, seconds: null, goal: 0 });
  });
}
