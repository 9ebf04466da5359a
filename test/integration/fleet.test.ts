import { expect, it } from 'vitest';
import { measureFleet } from '../bench/fleet/measureFleet.ts';

it('a fleet of 12 workers does 100 runs of 55 people once each, in fair turns, while workers die, sleep and go and processes are killed', { timeout: 180_000 }, async () => {
  const figures = await measureFleet({
    workers: 12,
    runs: 100,
    apiProcesses: 1,
    epochSeconds: 0.15,
    leaseSeconds: 3,
    odds: { vanishes: 0.06, sleeps: 0.08, goes: 0.06 },
    kills: { api: 1, dispatcher: 1 },
    durable: false,
    seed: 1,
  });
  const { faults, fairness, tally, database, latecomers } = figures;
  expect(faults).toEqual([]);
  expect(fairness).toMatchObject({ outOfOrder: 0, overLimit: 0 });
  for (const fate of ['vanishes', 'sleeps', 'goes']) expect(tally.of(fate), fate).toBeGreaterThan(0);
  expect(latecomers.claims).toHaveLength(5);
  // What workers say all the time leaves the indexes of runs alone; claims and ends do not.
  expect(database.hotUpdates).toBeGreaterThan(0.5);
});
