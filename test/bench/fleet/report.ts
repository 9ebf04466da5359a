import { measureFleet, type FleetFigures, type FleetOptions } from './measureFleet.ts';

const numberOf = (name: string, usual: number): number => Number(process.env[`THAW_FLEET_${name}`] ?? usual);

/** THAW_FLEET_WORKERS, _RUNS, _APIS, _EPOCH_SECONDS and _SEED make it another fleet. */
const optionsOf = (): FleetOptions => ({
  workers: numberOf('WORKERS', 200),
  runs: numberOf('RUNS', 10_000),
  apiProcesses: numberOf('APIS', 2),
  epochSeconds: numberOf('EPOCH_SECONDS', 3),
  leaseSeconds: 10,
  odds: { vanishes: 0.03, sleeps: 0.01, goes: 0.02 },
  kills: { api: 4, dispatcher: 2 },
  durable: true,
  seed: numberOf('SEED', 1),
});

/** @throws where a run was lost or done twice, or somebody was served out of turn */
export async function reportFleet(): Promise<void> {
  const options = optionsOf();
  const { workers, runs, apiProcesses, epochSeconds } = options;
  console.log(`\n${workers} workers that train nothing, ${runs} runs of 55 people that all wait at first, epochs of ${epochSeconds} s, ${apiProcesses} API processes`);
  let told = 0;
  const figures = await measureFleet({
    ...options,
    onProgress: (ended, seconds) => {
      if (Math.floor((10 * ended) / runs) <= told) return;
      told = Math.floor((10 * ended) / runs);
      console.log(`  ${ended} runs have ended after ${seconds.toFixed(0)} s`);
    },
  });
  print(figures, options);
  const { faults, fairness } = figures;
  if (fairness.overLimit > 0) faults.push(`${fairness.overLimit} people had more active runs than their quota`);
  if (fairness.outOfOrder > 0) faults.push(`more urgent runs of the same person were passed over ${fairness.outOfOrder} times`);
  if (faults.length > 0) throw new Error(faults.join('; '));
}

function print({ seconds, tally, fairness, latecomers, attempts, rows, database, processors }: FleetFigures, { runs }: FleetOptions): void {
  const each = (count: number) => (count / seconds).toFixed(0);
  console.log(`${seconds.toFixed(0)} s: ${(runs / seconds).toFixed(1)} runs, ${(attempts / seconds).toFixed(1)} claims, ${each(tally.times('heartbeat').calls)} heartbeats, ${each(rows)} rows of metrics and ${each(database.transactions)} transactions a second`);
  console.log(`${attempts} attempts: ${['vanishes', 'sleeps', 'goes'].map((fate) => `${tally.of(fate)} workers ${{ vanishes: 'vanished', sleeps: 'slept past their lease', goes: 'were told to go' }[fate]}`).join(', ')}; ${tally.of('call of a sleeper refused')} calls of those that had slept were refused`);
  console.log('Milliseconds a call   p50   p95   p99');
  for (const call of ['claim', 'heartbeat', 'events', 'upload', 'put', 'checkpoint', 'finish']) {
    const { calls, p50, p95, p99 } = tally.times(call);
    console.log(`${call.padEnd(12)}${String(calls).padStart(8)}${[p50, p95, p99].map((value) => value.toFixed(0).padStart(6)).join('')}`);
  }
  const { jain, ahead, starved } = fairness;
  console.log(`Fair shares: Jain's index ${jain.mean.toFixed(3)} on average, ${jain.low.toFixed(3)} at its lowest twentieth; ${(100 * ahead.share).toFixed(1)} % of claims went to someone ahead of another, by ${ahead.most} at most`);
  console.log(`Nobody waited longer than ${starved.seconds.toFixed(1)} s and ${starved.claims} claims of others with nothing active; who came with one run waited ${latecomers.seconds.map((one) => one.toFixed(1)).join(', ')} s, ${latecomers.claims.join(', ')} claims`);
  const { processorSeconds } = database;
  console.log(`Processor seconds: PostgreSQL ${processorSeconds.toFixed(0)}, API ${processors.api.toFixed(0)}, dispatcher ${processors.dispatcher.toFixed(0)}, fleet ${processors.fleet.toFixed(0)}: ${((1000 * processorSeconds) / runs).toFixed(1)} ms of PostgreSQL and ${((1000 * processors.api) / runs).toFixed(1)} of the API a run`);
  console.log(`Updates of runs that left all indexes alone: ${(100 * database.hotUpdates).toFixed(0)} %`);
  const waits = Object.entries(database.waits).sort(([, one], [, other]) => other - one).slice(0, 6);
  const seen = Object.values(database.waits).reduce((sum, count) => sum + count, 0);
  console.log(`Sessions at work were waiting for ${waits.map(([what, count]) => `${what} ${((100 * count) / seen).toFixed(0)} %`).join(', ')}`);
  console.log('Statements by their part of the time of all      calls   ms each');
  for (const { text, calls, meanMilliseconds, share } of database.statements.slice(0, 12))
    console.log(`${(100 * share).toFixed(1).padStart(5)} %  ${text.slice(0, 110).padEnd(110)}${String(calls).padStart(8)}${meanMilliseconds.toFixed(3).padStart(9)}`);
}
