import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ensureAdministrator } from '@thaw/api/accounts/ensureAdministrator';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { openStorage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { importBuiltIns } from '@thaw/infra/stack/seedStack';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import Docker from 'dockerode';
import { anyStorage } from '../integration/apiHarness.ts';
import { startServers } from '../integration/servers.ts';
import { apiVariables, startProcess } from './apiProcess.ts';
import { median } from './peer.ts';

const root = path.resolve(import.meta.dirname, '../..');
export const workerImage = 'thaw-worker-cpu:0.1.0';

/** What the dispatcher and the worker say on the way from a run that is queued to its first training step. */
const lineOf = {
  'worker launched': /worker started/,
  'worker asks for work': / asks .* for runs/,
  'run claimed': /: claimed/,
  'data and weights there': /data and weights are here/,
  'first step': /trainer: first step done ([\d.]+) s after .* loaded after ([\d.]+) s, steps recorded after ([\d.]+) s/,
} as const;
const lineNames = Object.keys(lineOf) as (keyof typeof lineOf)[];
/** Those, and what the trainer says of itself with its first step. */
export const stageNames = [...lineNames.slice(0, -1), 'trainer started', 'TensorFlow loaded', 'steps recorded', 'first step'] as const;
type Stage = (typeof stageNames)[number];

/** Seconds from the moment a run is queued, the median of some runs each of which finds no worker. */
export type Dispatch = Record<Stage, number>;

/** Whether containers can be started here: Docker answers and has the image of the worker. */
export const hasWorkerImage = (): Promise<boolean> => new Docker().getImage(workerImage).inspect().then(() => true, () => false);

/** From `queued` to the first training step, everything fetched once before: through the API, the dispatcher and its launcher. */
export async function measureDispatch(launcher: 'process' | 'docker', tries = 5): Promise<Dispatch> {
  const servers = await startServers({ s3: anyStorage });
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-bench-'));
  const stop: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true }), servers.stop];
  try {
    await migrate(servers.databaseUrl);
    const db = openDatabase({ url: servers.databaseUrl, name: 'bench', max: 2 });
    const storage = openStorage(servers.s3);
    const paths = readSetupPaths();
    await importBuiltIns({ db, storage }, paths);
    const { id: ownerId } = await ensureAdministrator({ db }, { email: 'bench@thaw.invalid', name: 'Bench', password: 'password of the bench' });
    const { key } = await createApiKey({ db }, { ownerId, name: 'bench', scopes: ['read', 'runs'] });
    const { key: token } = await createApiKey({ db }, { ownerId, name: 'workers', scopes: ['worker'] });
    storage.close();
    await closeDatabase(db);
    const headers = { authorization: `Bearer ${key}` };
    const api = await startProcess('apps/api/src/server.ts', apiVariables(servers), '/v1/runs', headers);
    stop.push(api.stop);

    const deployment = `thaw-bench-${process.pid}`;
    const lines = startDispatcher({
      ...apiVariables(servers),
      THAW_API_URL: api.url,
      THAW_WORKER_TOKEN: token,
      THAW_IDLE_SECONDS: '1',
      ...(launcher === 'docker'
        ? { THAW_LAUNCHER: 'docker', THAW_DEPLOYMENT: deployment, THAW_WORKER_IMAGE: workerImage, THAW_WORKER_NETWORK: 'host' }
        : {
            THAW_LAUNCHER: 'process',
            THAW_WORKER_COMMAND: JSON.stringify([process.execPath, path.join(root, 'workers/gpu/src/main.ts')]),
            THAW_WORK_DIR: path.join(folder, 'work'),
            THAW_CACHE_DIR: path.join(folder, 'cache'),
          }),
    });
    stop.push(async () => {
      await lines.stop();
      if (launcher === 'docker') await new Docker().getVolume(`${deployment}-cache`).remove().catch(() => undefined);
    });
    await lines.until(/dispatcher is ready/);
    const weights = paths.weights.resnet18 === undefined ? 'none' : 'imagenet1k_v1';
    // The evaluation of epoch 0, which is no part of the start, takes one image a class, and none of a validation part.
    const spec = { preset: 'quick', model: { weights }, data: { trainLimit: null, testLimit: 10, monitor: 'test' }, schedule: { epochs: 1, freezeEpochs: 0 } };
    const measured: Dispatch[] = [];
    // The first one fetches what the others find in the cache.
    for (let turn = 0; turn <= tries; turn++) {
      const marks = Promise.all(lineNames.map((name) => lines.until(lineOf[name])));
      const gone = lines.until(/worker ended/);
      const queued = Date.now();
      const reply = await fetch(`${api.url}/v1/runs`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(spec) });
      if (!reply.ok) throw new Error(`the run was answered with ${reply.status}: ${await reply.text()}`);
      const { id } = (await reply.json()) as { id: string };
      const measure = Object.fromEntries((await marks).map(({ at }, i) => [lineNames[i], (at - queued) / 1000])) as Dispatch;
      const [step = 0, loaded = 0, recorded = 0] = (await marks).at(-1)?.found.slice(1).map(Number) ?? [];
      const started = measure['first step'] - step;
      if (turn > 0) measured.push({ ...measure, 'trainer started': started, 'TensorFlow loaded': started + loaded, 'steps recorded': started + recorded });
      await fetch(`${api.url}/v1/runs/${id}/cancel`, { method: 'POST', headers });
      await gone;
    }
    return Object.fromEntries(stageNames.map((name) => [name, median(measured.map((one) => one[name]))])) as Dispatch;
  } finally {
    for (const one of stop.reverse()) await one();
  }
}

/** A dispatcher as a process, and what it and its workers say. */
function startDispatcher(variables: Record<string, string>) {
  const child = spawn(process.execPath, [path.join(root, 'apps/api/src/dispatcher.ts')], { env: { ...process.env, NODE_ENV: 'production', ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  const awaited = new Set<(line: string) => void>();
  const said: string[] = [];
  const hear = (line: string): void => {
    said.push(line);
    for (const listener of [...awaited]) listener(line);
    const container = /"worker":"([^"]+)".*"container":"\w+".*worker started/.exec(line)?.[1];
    // What a container says is not among what the dispatcher says.
    if (container !== undefined) follow(container);
  };
  const follow = (name: string): void => {
    const logs = spawn('docker', ['logs', '-f', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [logs.stdout, logs.stderr]) createInterface({ input: stream }).on('line', hear);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    /** The next such line, and when it was written, in milliseconds. */
    until: (words: RegExp): Promise<{ at: number; found: RegExpExecArray }> =>
      new Promise((resolve, reject) => {
        const end = (act: () => void): void => {
          clearTimeout(late);
          awaited.delete(listener);
          act();
        };
        const listener = (line: string): void => {
          const found = words.exec(line);
          if (found !== null) end(() => resolve({ at: timeOf(line), found }));
        };
        const late = setTimeout(() => end(() => reject(new Error(`nothing like ${words} was said within 2 minutes:\n${said.slice(-20).join('\n')}`))), 120_000);
        awaited.add(listener);
      }),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Of a line of the dispatcher (JSON) or of a worker, which begins with its time. */
function timeOf(line: string): number {
  const time = /^\{.*"time":"?([^",]+)/.exec(line)?.[1];
  const at = time === undefined ? Date.parse(line.split(' ')[0] ?? '') : Number.isNaN(Number(time)) ? Date.parse(time) : Number(time);
  return Number.isNaN(at) ? Date.now() : at;
}
