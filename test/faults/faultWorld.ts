import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Run } from '@thaw/contract/runs';
import { expect, vi } from 'vitest';
import { writeFormulaWeights } from '../../workers/gpu/test/formulaWeights.ts';
import { temporaryFolder, type StorageKind } from '../integration/servers.ts';
import { isAlive } from '../integration/processTree.ts';
import { startGate } from '../integration/databaseGate.ts';
import { startWorld, type Worker, type World } from '../integration/workerWorld.ts';
import { startNetwork, type Link } from './network.ts';
import { writeImages } from './writeImages.ts';

/**
 * `npm run test:faults`: the real trainer, the product's own lease, and faults as long and as many as in life. Otherwise the trainer's double,
 * a short lease, and a shorter version of each fault.
 */
export const full = process.env['THAW_FAULTS'] === 'full';
export const leaseSeconds = full ? 30 : 4;
/** Of what happens by chance. */
export const seed = Number(process.env['THAW_FAULTS_SEED'] ?? 1);
/** Milliseconds for a test: several lanes train at once, on whatever machine. */
export const within = (seconds: number): number => seconds * (full ? 3000 : 1000);
/** A run must go on within this after its worker was lost, or after what was away is there again. */
export const goalSeconds = leaseSeconds + 10;
const script = full ? 'main' : 'double';
/** A real checkpoint takes its time on a busy machine. */
const patient = full ? { THAW_STOP_SECONDS: '60' } : {};

export interface FaultWorld extends World {
  /** Between API and workers on one side and the storage on the other. */
  toStorage: Link;
  /** Between workers and API. */
  toApi: Link;
  /** Between API and dispatcher and their database. */
  toDatabase: Link;
  /** What is connected to the database hears nothing any more, is reset, or is ended in good order; new connections work. */
  connections: Record<'forget' | 'reset' | 'end', () => void>;
  /** A way to the storage of its own, past the others: its address. */
  publicStorage: string;
  /** A worker with the trainer of this version; each epoch of its runs takes so many milliseconds, about, where that is the double's. */
  work(variables?: NodeJS.ProcessEnv, epochMs?: number): Worker;
  /** The same of one that is told nothing but where the API is, and its token. */
  workBare(variables: NodeJS.ProcessEnv): Worker;
  /** Launches a run of so many epochs. */
  launch(epochs: number): Promise<string>;
  stepsOf(epochs: number): number;
  /** What a run of so many epochs comes to that nothing happens to; null where only the trainer's double trains. A worker trains it where it was not asked for before. */
  undisturbed(epochs: number): Promise<Figures | null>;
  figures(id: string): Promise<Figures>;
  /** Waits until the run is as wanted. */
  until(id: string, done: (run: Run) => boolean, seconds?: number): Promise<Run>;
  /** Waits until a checkpoint is recorded that is newer than `than`. @returns its step */
  checkpointed(id: string, than?: number): Promise<number>;
  /**
   * Waits until training goes on: beyond the step at which it was, or in a newer attempt (with step Infinity: in no other), further than
   * where that began.
   * @returns seconds since `since`
   */
  recovered(id: string, was: Pick<Run, 'attempt' | 'step'>, since: number): Promise<number>;
  /** The worker with the trainer of this version, for runs of as many epochs as the one launched last. */
  workerCommand(): string[];
  /** Process ids of the workers that the dispatcher has started, in order. */
  launchedWorkers(): number[];
  /** Has a dispatcher start workers by this command meanwhile. `again` kills it and starts another; it gives the workers of the first. @returns once its workers are gone, too */
  whileLaunching(command: string[], work: (again: () => Promise<number[]>) => Promise<void>): Promise<void>;
  /** The worker that has the run. */
  workerOf(id: string): Promise<Worker>;
  /** Takes all faults away. */
  mend(): Promise<void>;
  /** Takes away what a test that failed has left behind: runs that wait or train, servers that are gone. */
  clear(): Promise<void>;
  /** Ends all workers in good order, and expects that no processes of theirs are left. */
  leave(): Promise<void>;
  /** Expects that the next worker to start removes the folders that others left behind. */
  expectTidy(): Promise<void>;
}

/** What a run has learned: its curves without timings, and the hash of its last model. */
export interface Figures {
  iterations: unknown[];
  epochs: unknown[];
  model: string;
}

export const status = (wanted: Run['status']) => (run: Run) => run.status === wanted;

export async function startFaultWorld(s3: StorageKind): Promise<FaultWorld> {
  const ofNetwork = temporaryFolder();
  const network = await startNetwork(ofNetwork);
  let gate: Awaited<ReturnType<typeof startGate>> | undefined;
  const world = await startWorld({
    s3,
    durable: true,
    lease: { seconds: leaseSeconds, heartbeat: full ? 10 : 0.8 },
    prepare: (folder) => {
      const data = path.join(folder, 'cifar');
      mkdirSync(data);
      writeImages(path.join(data, 'data_batch_1.bin'), 256, 1);
      writeImages(path.join(data, 'test_batch.bin'), 64, 2);
      const weights = path.join(folder, 'formula.safetensors');
      if (full) writeFormulaWeights(weights);
      return Promise.resolve({ data, weights: full ? weights : null });
    },
    network: {
      storage: (url) => network.open('storage', url),
      api: (url) => network.open('api', url),
      database: async (url) => (gate = await startGate(await network.open('database', url))).url,
    },
  }).catch(async (error: unknown) => {
    gate?.close();
    await network.close();
    throw error;
  });
  const publicStorage = await network.open('public', world.servers.s3.endpoint);
  const workFolder = path.join(world.folder, 'work');
  /** All that were started, by their name. */
  const byName = new Map<string, Worker>();
  const references = new Map<number, Promise<Figures>>();
  let epochs = 0;

  const until: FaultWorld['until'] = (id, done, seconds = full ? 300 : 40) =>
    vi.waitFor(
      async () => {
        const run = await world.run(id);
        if (!done(run)) throw new Error(`the run stands at ${run.status}, attempt ${run.attempt}, step ${run.step}, ${JSON.stringify(run.failure)}`);
        return run;
      },
      { timeout: seconds * 1000, interval: 50 },
    );

  const doubleFlags = (epochMs = 125): string[] => (full ? [] : ['--epochs', String(epochs), '--steps', '5', '--step-ms', String(epochMs / 5)]);

  const faultWorld: FaultWorld = {
    ...world,
    toStorage: network.link('storage'),
    toApi: network.link('api'),
    toDatabase: network.link('database'),
    connections: { forget: () => gate?.forget(), reset: () => gate?.reset(), end: () => gate?.end() },
    publicStorage,
    work: (variables, epochMs) => {
      const name = `worker-${byName.size}`;
      const worker = world.startWorker(script, doubleFlags(epochMs), { THAW_WORKER_NAME: name, ...patient, ...variables });
      byName.set(name, worker);
      return worker;
    },
    workBare: (variables) => world.startBareWorker(script, doubleFlags(), { ...patient, ...variables }),
    launch: (count) => {
      epochs = count;
      const data = { batchSize: 32, trainLimit: null, testLimit: null, monitor: 'val', augmentation: null };
      return world.createRun(full ? { preset: 'quick', data, schedule: { epochs: count, freezeEpochs: 1 } } : { preset: 'scratch', data: { trainLimit: null, testLimit: null } });
    },
    stepsOf: (count) => count * (full ? 8 : 5),
    undisturbed: async (count) => {
      if (!full) return null;
      const known = references.get(count);
      if (known !== undefined) return known;
      const reference = (async () => {
        const id = await faultWorld.launch(count);
        faultWorld.work();
        await until(id, status('succeeded'), 600);
        return faultWorld.figures(id);
      })();
      references.set(count, reference);
      return reference;
    },
    figures: async (id) => {
      const { iterations, epochs: told } = await world.metrics(id);
      const model = (await world.checkpoints(id)).at(-1)?.files.find(({ name }) => name === 'model.safetensors')?.sha256 ?? '';
      return { iterations, epochs: told.map((epoch) => ({ ...epoch, seconds: null, imagesPerSecond: null })), model };
    },
    until,
    checkpointed: (id, than = 0) =>
      vi.waitFor(
        async () => {
          const step = (await world.checkpoints(id)).at(-1)?.step ?? 0;
          expect(step).toBeGreaterThan(than);
          return step;
        },
        { timeout: full ? 180_000 : 60_000, interval: 50 },
      ),
    recovered: async (id, was, since) => {
      await until(id, ({ attempt, step, status: now }) => (attempt > was.attempt ? now === 'running' || now === 'succeeded' : step > was.step));
      await vi.waitFor(
        async () => {
          const { attempt, step } = await world.run(id);
          const [row] = await world.sql<{ from: number | null }[]>`select resumed_from_step as from from attempt where run_id = ${id} and number = ${attempt}`;
          expect(step).toBeGreaterThan(attempt === was.attempt ? was.step : (row?.from ?? Infinity));
        },
        { timeout: full ? 180_000 : 60_000, interval: 50 },
      );
      return (performance.now() - since) / 1000;
    },
    workerCommand: () => [process.execPath, full ? 'workers/gpu/src/main.ts' : 'workers/gpu/test/fixtures/workerWithDouble.ts', ...doubleFlags()],
    launchedWorkers: () => [...world.dispatched().matchAll(/"pid":(\d+),"msg":"worker started"/g)].map(([, pid]) => Number(pid)),
    whileLaunching: async (command, work) => {
      const launching = { THAW_LAUNCHER: 'process', THAW_WORKER_COMMAND: JSON.stringify(command) };
      const workers = faultWorld.launchedWorkers;
      const started: number[] = [];
      const again = async (): Promise<number[]> => {
        const before = workers();
        started.push(...before);
        await world.killDispatcher();
        world.startDispatcher(launching);
        return before;
      };
      await again();
      try {
        await work(again);
      } finally {
        started.push(...workers());
        await world.killDispatcher();
        world.startDispatcher();
        await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]), { timeout: 60_000, interval: 100 });
      }
    },
    workerOf: async (id) => {
      const [row] = await world.sql<{ name: string }[]>`
        select worker.name from run join attempt on attempt.run_id = run.id and attempt.number = run.attempt join worker on worker.id = attempt.worker_id where run.id = ${id}`;
      const worker = byName.get(row?.name ?? '');
      if (worker === undefined) throw new Error(`no worker has the run ${id}`);
      return worker;
    },
    mend: async () => {
      world.proxy.fault = () => null;
      for (const { child } of world.workers) child.kill('SIGCONT');
      for (const link of [faultWorld.toApi, faultWorld.toStorage, faultWorld.toDatabase]) await link.mend();
    },
    clear: async () => {
      await faultWorld.mend();
      for (const { child } of world.workers) child.kill('SIGKILL');
      await Promise.all(world.workers.map(({ ended }) => ended));
      await world.killDispatcher();
      await world.killApi();
      await world.sql`update run set status = 'cancelled', finished_at = now(), lease_expires_at = null, launched_at = null where status in ('queued', 'launching', 'running')`;
      world.startDispatcher();
      await world.startApi();
    },
    leave: async () => {
      const left = world.workers.filter(({ child }) => child.exitCode === null && child.signalCode === null);
      for (const { child } of left) child.kill('SIGTERM');
      expect(await Promise.all(left.map(({ ended }) => ended))).toEqual(left.map(() => 0));
      await vi.waitFor(() => expect(processesIn(workFolder)).toEqual([]), { timeout: 10_000, interval: 100 });
    },
    expectTidy: async () => {
      if (!existsSync(workFolder) || readdirSync(workFolder).length === 0) return;
      const next = world.startWorker('double');
      await vi.waitFor(() => expect(next.output()).toContain('asks'), { timeout: 20_000, interval: 50 });
      next.child.kill('SIGTERM');
      await next.ended;
      expect(readdirSync(workFolder)).toEqual([]);
    },
    stop: async () => {
      await world.stop();
      gate?.close();
      await network.close();
      rmSync(ofNetwork, { recursive: true, force: true });
    },
  };
  return faultWorld;
}

/** Command lines of the living processes that were told of a folder. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const words = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
      return words.includes(folder) ? [`${pid} ${words.replaceAll('\0', ' ')}`] : [];
    } catch {
      return [];
    }
  });
}

