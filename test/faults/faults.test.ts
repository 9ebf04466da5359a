import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { missingStorage } from '../integration/servers.ts';
import { cancel } from './cancel.ts';
import { chaos } from './chaos.ts';
import { database } from './database.ts';
import { full, startFaultWorld, type FaultWorld } from './faultWorld.ts';
import { kill } from './kill.ts';
import { machine } from './machine.ts';
import { missingToxiproxy } from './network.ts';
import { outside } from './outside.ts';
import { services } from './services.ts';
import { note } from './table.ts';
import { workers } from './workers.ts';

/** What may happen to a run. One world serves all of it; `npm run test:faults` has several at once, each with some of the groups. */
const groups = {
  kill: { of: 'a worker', tests: kill },
  workers: { of: 'a worker', tests: workers },
  machine: { of: 'a worker', tests: machine },
  cancel: { of: 'a run is cancelled', tests: cancel },
  services: { of: 'a run', tests: services },
  database: { of: 'a run', tests: database },
  outside: { of: 'a run', tests: outside },
  chaos: { of: 'runs', tests: chaos },
};
const wanted = process.env['THAW_FAULTS_GROUPS']?.split(',') ?? Object.keys(groups);

describe.skipIf(missingToxiproxy() !== null)('among faults', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await startFaultWorld(full && missingStorage('minio') === null ? 'minio' : 'seaweedfs');
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') {
      note({ fault: task.name, happened: task.result.errors?.[0]?.message.split('\n')[0] ?? '', seconds: null, goal: 0, ends: false });
      await world.clear();
    }
    await world.mend();
    await world.leave();
  });
  afterAll(async () => {
    try {
      await world?.expectTidy();
    } finally {
      await world?.stop();
    }
  });
  for (const [name, { of, tests }] of Object.entries(groups)) if (wanted.includes(name)) describe(of, () => tests(() => world));
});
