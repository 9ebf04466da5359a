import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { ensureUser } from '@thaw/api/auth/ensureUser';
import { importCifar10 } from '@thaw/api/datasets/importCifar10';
import { openStorage } from '@thaw/api/storage/storage';
import { importWeights } from '@thaw/api/weights/importWeights';
import { evaluation, type Evaluation } from '@thaw/contract/evaluation';
import { checkpoint, metrics, run, type Checkpoint, type Metrics, type Run } from '@thaw/contract/runs';
import { closeDatabase, openDatabase } from '@thaw/db/client';
import { migrate } from '@thaw/db/migrate';
import { freePorts } from '@thaw/infra/stack/freePorts';
import postgres from 'postgres';
import { startServers, type Servers, type StorageKind } from './servers.ts';
import { startStorageProxy, type StorageProxy } from './storageProxy.ts';

const root = path.resolve(import.meta.dirname, '../..');
export const leaseSeconds = 5;

export interface Worker {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** The service as processes (API, dispatcher that launches nothing) on real servers, and workers started by the test. */
export interface World {
  folder: string;
  servers: Servers;
  sql: postgres.Sql;
  /** Where the API is, and the key of the runs' owner. */
  url: string;
  key: string;
  proxy: StorageProxy;
  workers: Worker[];
  startApi(variables?: NodeJS.ProcessEnv): Promise<void>;
  /** Kills the API server and waits until it is gone. */
  killApi(): Promise<void>;
  /** With these variables beside the usual ones: it launches nothing unless they say so. */
  startDispatcher(variables?: NodeJS.ProcessEnv): void;
  killDispatcher(): Promise<void>;
  /** `main` is the worker itself, `double` has a trainer that only pretends; `flags` are the double's. */
  startWorker(script: 'main' | 'double', flags?: string[], environment?: NodeJS.ProcessEnv): Worker;
  /** A worker that knows nothing but this: where the API is for it, and its token. */
  startBareWorker(script: 'main' | 'double', flags: string[], environment?: NodeJS.ProcessEnv): Worker;
  createRun(spec: object): Promise<string>;
  cancel(id: string): Promise<void>;
  run(id: string): Promise<Run>;
  metrics(id: string): Promise<Metrics>;
  checkpoints(id: string): Promise<Checkpoint[]>;
  evaluation(id: string): Promise<Evaluation>;
  /** Content of an object by its s3:// address. */
  object(uri: string): Promise<Buffer>;
  /** A request with the owner's key. Redirects are followed without it, as curl -L does. */
  request(method: string, address: string, body?: object): Promise<Response>;
  /** What the dispatcher has said since it was started. */
  dispatched(): string;
  /** Whether API and dispatcher have not ended by themselves. */
  servicesLive(): boolean;
  stop(): Promise<void>;
}

export interface WorldOptions {
  s3: StorageKind;
  /** Fills a folder with CIFAR-10 binary files, and writes ImageNet-like weights where it returns a path. */
  prepare: (folder: string) => Promise<{ data: string; weights: string | null }>;
  /** Whether the dispatcher starts workers: one that trains, one for tasks. */
  launch?: boolean;
  /** Ways to the storage and the database, and from workers to the API, in place of the straight ones. */
  network?: Record<'storage' | 'database' | 'api', (url: string) => Promise<string>>;
  /** Default: a heartbeat each second. */
  lease?: { seconds: number; heartbeat: number };
  /** Whether what the database has said is kept survives that it is killed. */
  durable?: boolean;
}

const asItIs = (url: string): Promise<string> => Promise.resolve(url);
const straight = { storage: asItIs, database: asItIs, api: asItIs };

export async function startWorld({ s3, prepare, launch = false, network = straight, lease = { seconds: leaseSeconds, heartbeat: 1 }, durable = false }: WorldOptions): Promise<World> {
  const servers = await startServers({ s3, durable });
  const { folder, databaseUrl } = servers;
  const proxy = await startStorageProxy(servers.s3.endpoint);
  await migrate(databaseUrl);
  const db = openDatabase({ url: databaseUrl, name: 'thaw-test', max: 2 });
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  const storage = openStorage(servers.s3);
  const imports = { db, storage };
  const files = await prepare(folder);
  await importCifar10(imports, { folder: files.data });
  if (files.weights !== null) await importWeights(imports, { backbone: 'resnet18', file: files.weights });
  const { id: ownerId } = await ensureUser({ db }, { email: 'test@thaw.invalid', name: 'Test' });
  const { key } = await createApiKey({ db }, { ownerId, name: 'test', scopes: ['read', 'runs'] });
  const { key: workerToken } = await createApiKey({ db }, { ownerId, name: 'workers', scopes: ['worker'] });

  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'],
    DATABASE_URL: await network.database(databaseUrl),
    S3_ENDPOINT: await network.storage(proxy.url),
    S3_REGION: servers.s3.region,
    S3_BUCKET: servers.s3.bucket,
    S3_ACCESS_KEY_ID: servers.s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: servers.s3.secretAccessKey,
    LEASE_SECONDS: String(lease.seconds),
    HEARTBEAT_SECONDS: String(lease.heartbeat),
    LOG_LEVEL: 'info',
    AUTH_SECRET: 'secret-of-the-tests-0123456789abcdef',
    HOST: '127.0.0.1',
    PORT: String(port),
  };
  const ofWorkers = { THAW_API_URL: await network.api(url), THAW_WORKER_TOKEN: workerToken, THAW_DEVICE: 'cpu', THAW_WORK_DIR: path.join(folder, 'work'), THAW_CACHE_DIR: path.join(folder, 'cache') };
  const command = (script: string): string => JSON.stringify([process.execPath, path.join(root, script)]);
  const launching = {
    THAW_LAUNCHER: 'process',
    THAW_WORKER_COMMAND: command('workers/gpu/src/main.ts'),
    THAW_TASK_COMMAND: command('workers/gpu/src/taskWorker.ts'),
    THAW_IDLE_SECONDS: '300',
  };
  const children = new Set<ChildProcess>();
  await mkdir(path.join(folder, 'logs'), { recursive: true });

  const scripts = { main: 'workers/gpu/src/main.ts', double: 'workers/gpu/test/fixtures/workerWithDouble.ts' } as const;

  function start(name: string, script: string, args: string[], env: NodeJS.ProcessEnv): Worker {
    const child = spawn(process.execPath, [path.join(root, script), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let output = '';
    const log = createWriteStream(path.join(folder, 'logs', `${name}.log`), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-100_000);
        log.write(text);
      });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    void ended.then(() => children.delete(child));
    return { child, output: () => output, ended };
  }
  async function call(method: string, address: string): Promise<unknown> {
    const reply = await fetch(url + address, { method, headers: { authorization: `Bearer ${key}` } });
    if (!reply.ok) throw new Error(`${method} ${address}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  let api: Worker | undefined;
  let dispatcher: Worker | undefined;
  let launches = false;
  const world: World = {
    folder,
    servers,
    sql,
    url,
    key,
    proxy,
    workers: [],
    startApi: async (variables = {}) => {
      api = start('api', 'apps/api/src/server.ts', [], { ...environment, ...variables });
      const deadline = Date.now() + 120_000;
      while (!(await fetch(`${url}/readyz`).then((reply) => reply.ok, () => false))) {
        if (Date.now() > deadline || api.child.exitCode !== null) throw new Error(`the API is not ready:\n${api.output()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    killApi: async () => {
      api?.child.kill('SIGKILL');
      await api?.ended;
    },
    startDispatcher: (variables = {}) => {
      const asked = launch ? launching : { THAW_LAUNCHER: 'none' };
      const all = { ...environment, ...ofWorkers, ...asked, ...variables };
      launches = all.THAW_LAUNCHER !== 'none';
      dispatcher = start('dispatcher', 'apps/api/src/dispatcher.ts', [], all);
    },
    killDispatcher: async () => {
      dispatcher?.child.kill('SIGKILL');
      await dispatcher?.ended;
    },
    startWorker: (script, flags = [], more = {}) => {
      const name = `worker${world.workers.length}`;
      return world.startBareWorker(script, flags, { ...process.env, ...ofWorkers, THAW_WORKER_NAME: name, ...more });
    },
    startBareWorker: (script, flags, more = {}) => {
      const { THAW_API_URL, THAW_WORKER_TOKEN } = ofWorkers;
      const { PATH, HOME } = process.env;
      const worker = start(`worker${world.workers.length}`, scripts[script], flags, { PATH, HOME, THAW_API_URL, THAW_WORKER_TOKEN, ...more });
      world.workers.push(worker);
      return worker;
    },
    createRun: async (spec) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const reply = await fetch(`${url}/v1/runs`, { method: 'POST', headers, body: JSON.stringify(spec) });
      if (reply.status !== 201) throw new Error(`POST /v1/runs: ${reply.status} ${await reply.text()}`);
      return run.parse(await reply.json()).id;
    },
    cancel: async (id) => void (await call('POST', `/v1/runs/${id}/cancel`)),
    run: async (id) => run.parse(await call('GET', `/v1/runs/${id}`)),
    metrics: async (id) => metrics.parse(await call('GET', `/v1/runs/${id}/metrics`)),
    checkpoints: async (id) => checkpoint.array().parse(((await call('GET', `/v1/runs/${id}/checkpoints`)) as { items: unknown }).items),
    evaluation: async (id) => evaluation.parse(await call('GET', `/v1/runs/${id}/evaluation`)),
    object: async (uri) => {
      const reply = await fetch(await storage.presignGet(uri.replace(`s3://${servers.s3.bucket}/`, ''), 'download'));
      if (!reply.ok) throw new Error(`${uri}: ${reply.status}`);
      return Buffer.from(await reply.arrayBuffer());
    },
    request: (method, address, body) =>
      fetch(url + address, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    dispatched: () => dispatcher?.output() ?? '',
    servicesLive: () => [api, dispatcher].every((one) => one !== undefined && one.child.exitCode === null && one.child.signalCode === null),
    stop: async () => {
      // Its workers are stopped by it.
      if (launches) {
        dispatcher?.child.kill('SIGTERM');
        await dispatcher?.ended;
      }
      for (const child of children) child.kill('SIGKILL');
      storage.close();
      await closeDatabase(db);
      await sql.end({ timeout: 1 });
      await proxy.close();
      await servers.stop();
    },
  };
  world.startDispatcher();
  await world.startApi();
  return world;
}
