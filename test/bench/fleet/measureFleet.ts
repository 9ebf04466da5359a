import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '@thaw/contract/runs';
import { caller, smallRun } from '../../integration/apiHarness.ts';
import { seededRandom } from '../../integration/seededRandom.ts';
import { watchDatabase, type DatabaseFigures } from './databaseWatch.ts';
import { readFairness, type FairnessFigures } from './fairness.ts';
import { fleetWorker } from './fleetWorker.ts';
import { startFleetWorld, type FleetPerson, type FleetWorld } from './fleetWorld.ts';
import { followToEnd } from './follower.ts';
import { findFaults } from './judge.ts';
import { planPeople } from './plan.ts';
import { Tally } from './tally.ts';

export interface FleetOptions {
  workers: number;
  runs: number;
  apiProcesses: number;
  /** What an epoch takes, about; runs have one to three. */
  epochSeconds: number;
  leaseSeconds: number;
  odds: { vanishes: number; sleeps: number; goes: number };
  /** How often the API's processes are killed, in turn, and the dispatcher. */
  kills: { api: number; dispatcher: number };
  durable: boolean;
  seed: number;
  /** Told from time to time how many runs have ended. */
  onProgress?: (ended: number, seconds: number) => void;
}

export interface FleetFigures {
  /** From the first claim to the end of the last run. */
  seconds: number;
  tally: Tally;
  /** Sentences; none where each run was done once and whole. */
  faults: string[];
  fairness: FairnessFigures;
  /** Of people who came with one run while hundreds of another's waited. */
  latecomers: { seconds: number[]; claims: number[] };
  attempts: number;
  rows: number;
  database: DatabaseFigures;
  /** Seconds that processors have worked. */
  processors: { api: number; dispatcher: number; fleet: number };
}

const latecomers = 5;

/** A fleet of workers that train nothing, on the real service: all runs wait from the start, workers die, sleep and go, processes are killed. */
export async function measureFleet(options: FleetOptions): Promise<FleetFigures> {
  const { workers, runs, apiProcesses, leaseSeconds, durable, epochSeconds, odds, seed, kills } = options;
  const late = Array.from({ length: latecomers }, (_, n) => ({ name: `late${n}`, runs: 1, activeRuns: null }));
  const world = await startFleetWorld({ people: [...planPeople(runs - latecomers), ...late], apiProcesses, leaseSeconds, durable });
  const over = new AbortController();
  try {
    const random = seededRandom(seed);
    const tally = new Tally();
    const [early, comers] = [world.people.slice(0, -latecomers), world.people.slice(-latecomers)];
    const followed = await createRuns(world, early, random);
    const streams = followed.map(({ id, key }, n) => followToEnd(`${world.apis[n % apiProcesses]?.url}/v1/runs/${id}/events`, key, over.signal).catch((): number[] => []));
    const watch = await watchDatabase(world.sql);
    const atFirst = processorsOf(world);
    const begun = performance.now();
    const fleet = Array.from({ length: workers }, (_, n) =>
      fleetWorker({ url: world.apis[n % apiProcesses]?.url ?? '', token: world.workerToken, name: `gpu${n}`, random, epochSeconds, odds, tally, over: over.signal }),
    );
    const failed = Promise.all(fleet).then(() => new Promise<never>(() => undefined));
    // Who has one run comes while another has hundreds that wait; processes are killed all the time.
    const acts = [
      ...comers.map((person, n) => ({ at: (n + 1) / (latecomers + 2), act: () => createRun(world, person, 1, 0) })),
      ...Array.from({ length: kills.api }, (_, n) => ({ at: (n + 0.6) / (kills.api + 0.6), act: async () => world.apis[n % apiProcesses]?.again() })),
      ...Array.from({ length: kills.dispatcher }, (_, n) => ({ at: (n + 0.4) / kills.dispatcher, act: () => world.dispatcher.again() })),
    ].sort((one, other) => one.at - other.at);
    await Promise.race([failed, untilAllEnded(world, { runs, acts, onProgress: (ended) => options.onProgress?.(ended, (performance.now() - begun) / 1000) })]);
    const seconds = (performance.now() - begun) / 1000;
    const processors = differenceOf(processorsOf(world), atFirst);
    over.abort();
    await Promise.all(fleet);
    const database = await watch.end();
    const faults = [...(await findFaults(world.sql, runs)), ...(await streamFaults(world, followed, streams))];
    if (database.doubled > 0) faults.push(`runs were seen with two open attempts ${database.doubled} times`);
    if (tally.of('call of a sleeper taken') > 0) faults.push(`${tally.of('call of a sleeper taken')} calls of workers whose run had gone on were taken`);
    const [count] = await world.sql<{ attempts: number; rows: number }[]>`select (select count(*)::int from attempt) as attempts, (select sum(json_array_length(events))::int from metric_batch) as rows`;
    const fairness = await readFairness(world.sql);
    return { seconds, tally, faults, fairness, latecomers: await waitsOf(world, comers), attempts: count?.attempts ?? 0, rows: count?.rows ?? 0, database, processors };
  } finally {
    over.abort();
    await world.stop();
  }
}

interface Followed {
  id: string;
  key: string;
}

/** All runs of all people, launched by themselves over the API. @returns the first run of each */
async function createRuns(world: FleetWorld, people: readonly FleetPerson[], random: () => number): Promise<Followed[]> {
  return Promise.all(
    people.map(async (person) => {
      const ids: string[] = [];
      for (let n = 0; n < person.runs; n++) ids.push(await createRun(world, person, 1 + Math.floor(3 * random()), Math.floor(3 * random()) - 1));
      return { id: ids[0] ?? '', key: person.key };
    }),
  );
}

async function createRun({ apis }: FleetWorld, { key }: FleetPerson, epochs: number, priority: number): Promise<string> {
  for (;;) {
    const reply = await caller(apis[0]?.url ?? '', key)<Run>('POST', '/v1/runs', { ...smallRun, schedule: { epochs }, priority }).catch(() => null);
    if (reply?.status === 201) return reply.body.id;
    if (reply !== null && reply.status < 500) throw new Error(`a run is refused: ${JSON.stringify(reply.body)}`);
    await sleep(200);
  }
}

interface Course {
  runs: number;
  /** What happens once such a part of the runs has ended. */
  acts: { at: number; act: () => Promise<unknown> }[];
  onProgress: (ended: number) => void;
}

async function untilAllEnded({ sql }: FleetWorld, { runs, acts, onProgress }: Course): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  for (let ended = 0; ended < runs; await sleep(200)) {
    if (failures.length > 0) throw failures[0];
    ended = (await sql<{ count: number }[]>`select count(*)::int as count from run where status in ('succeeded', 'failed', 'cancelled')`)[0]?.count ?? 0;
    onProgress(ended);
    while (acts[0] !== undefined && ended >= acts[0].at * runs) underWay.push(Promise.resolve(acts.shift()?.act()).catch((error: unknown) => failures.push(error)));
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}

/** Whoever follows a run gets each batch of its log once and in order. */
async function streamFaults({ sql }: FleetWorld, followed: readonly Followed[], streams: readonly Promise<number[]>[]): Promise<string[]> {
  const patience = sleep(20_000, null);
  let wrong = 0;
  for (const [n, { id }] of followed.entries()) {
    const seen = await Promise.race([streams[n], patience]);
    const told = (await sql<{ id: number }[]>`select id::int from metric_batch where run_id = ${id} order by id`).map((batch) => batch.id);
    if (seen?.join() !== told.join()) wrong++;
  }
  return wrong === 0 ? [] : [`${wrong} of ${followed.length} streams lack batches, or have some twice`];
}

async function waitsOf({ sql }: FleetWorld, people: readonly FleetPerson[]): Promise<FleetFigures['latecomers']> {
  const rows = await sql<{ seconds: number; claims: number }[]>`
    select extract(epoch from attempt.started_at - run.created_at)::double precision as seconds,
      (select count(*)::int from attempt other where other.started_at > run.created_at and other.started_at < attempt.started_at) as claims
    from run join attempt on run_id = run.id and number = 1 where owner_id in ${sql(people.map(({ id }) => id))}`;
  return { seconds: rows.map(({ seconds }) => seconds), claims: rows.map(({ claims }) => claims) };
}

const processorsOf = ({ apis, dispatcher }: FleetWorld): FleetFigures['processors'] => {
  const { user, system } = process.cpuUsage();
  return { api: apis.reduce((sum, one) => sum + one.processorSeconds(), 0), dispatcher: dispatcher.processorSeconds(), fleet: (user + system) / 1e6 };
};

const differenceOf = (after: FleetFigures['processors'], before: FleetFigures['processors']): FleetFigures['processors'] => ({
  api: after.api - before.api,
  dispatcher: after.dispatcher - before.dispatcher,
  fleet: after.fleet - before.fleet,
});
