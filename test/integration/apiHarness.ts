import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { UserRole } from '@thaw/contract/accounts';
import type { ApiScope } from '@thaw/contract/apiKeys';
import type { TrainerEvent } from '@thaw/contract/events';
import type { Problem } from '@thaw/contract/problems';
import { workerPaths, type Ticket } from '@thaw/contract/worker';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { ensureUser } from '@thaw/api/auth/ensureUser';
import { importCifar10 } from '@thaw/api/datasets/importCifar10';
import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import { openStorage, type Storage } from '@thaw/api/storage/storage';
import { closeDatabase, openDatabase, type Database } from '@thaw/db/client';
import postgres from 'postgres';
import { missingStorage, startServers, type Servers, type StorageKind } from './servers.ts';

/** The S3 server that starts sooner, of those that are here. Where they might differ, a test names one. */
export const anyStorage: StorageKind = missingStorage('minio') === null ? 'minio' : 'seaweedfs';

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}
export type Call = <T = Problem>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply<T>>;

export interface Person {
  id: string;
  key: string;
  keyId: string;
  call: Call;
}

export interface Api {
  url: string;
  servers: Servers;
  db: Database;
  sql: postgres.Sql;
  storage: Storage;
  environment: Record<string, string>;
  /** Every line that the API has logged. */
  logged: string[];
  /** Works as the key's owner; the key itself is in `key`. */
  person: (name: string, scopes?: ApiScope[], role?: UserRole) => Promise<Person>;
  workerToken: string;
  stop: () => Promise<void>;
}

/** PostgreSQL, an S3 server and the API on free ports, with a CIFAR-10 of 20 training and 10 test images a class. */
export async function startApi({ s3, env = {} }: { s3: StorageKind; env?: Record<string, string> | ((servers: Servers) => Promise<Record<string, string>>) }): Promise<Api> {
  const servers = await startServers({ s3 });
  const more = typeof env === 'function' ? await env(servers) : env;
  const environment = {
    DATABASE_URL: servers.databaseUrl,
    S3_ENDPOINT: servers.s3.endpoint,
    S3_REGION: servers.s3.region,
    S3_BUCKET: servers.s3.bucket,
    S3_ACCESS_KEY_ID: servers.s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: servers.s3.secretAccessKey,
    PORT: '0',
    LOG_LEVEL: 'debug',
    AUTH_SECRET: 'secret-of-the-tests-0123456789abcdef',
    ...more,
  };
  const logged: string[] = [];
  const { url, close } = await startServer(readServerEnvironment(environment), createLog('api', 'debug', (line) => void logged.push(line)));
  const db = openDatabase({ url: servers.databaseUrl, name: 'test' });
  const sql = postgres(servers.databaseUrl, { max: 2 });
  const storage = openStorage(servers.s3);
  await importCifar10({ db, storage }, { folder: writeSmallCifar10(path.join(servers.folder, 'cifar'), { train: 20, test: 10 }) });
  const person = async (name: string, scopes: ApiScope[] = ['runs'], role: UserRole = 'user'): Promise<Person> => {
    const { id } = await ensureUser({ db }, { email: `${name}@example.org`, name, role });
    const { key, id: keyId } = await createApiKey({ db }, { ownerId: id, name, scopes });
    return { id, key, keyId, call: caller(url, key) };
  };
  const { key: workerToken } = await person('worker', ['worker']);
  return {
    url,
    servers,
    db,
    sql,
    storage,
    environment,
    logged,
    person,
    workerToken,
    stop: async () => {
      await close();
      await closeDatabase(db);
      await sql.end();
      storage.close();
      await servers.stop();
    },
  };
}

/** Sends requests with a bearer token. Redirects are not followed. */
export function caller(url: string, token: string): Call {
  return async <T>(method: string, at: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + at, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && !/ndjson/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  };
}

/** A worker driven by hand. */
export async function claim(api: Api, run?: string, device: 'cpu' | 'gpu' = 'cpu'): Promise<ReturnType<typeof attemptOf> | null> {
  const worker = { name: 'hand', device: { type: device, name: 'hand' } };
  const reply = await caller(api.url, api.workerToken)<Ticket>('POST', workerPaths.claim, { worker, ...(run !== undefined && { run }) });
  if (reply.status === 204) return null;
  if (reply.status !== 200) throw new Error(`claim: ${reply.status} ${JSON.stringify(reply.body)}`);
  return attemptOf(api, reply.body);
}

export type Attempt = ReturnType<typeof attemptOf>;

function attemptOf(api: Api, ticket: Ticket) {
  const call = caller(api.url, ticket.attemptToken);
  const { attempt } = ticket;
  const post = <T = Problem>(name: Parameters<typeof workerPaths.ofRun>[1], body: object) => call<T>('POST', workerPaths.ofRun(ticket.run, name), { attempt, ...body });
  const upload = async (file: object, content: string | Uint8Array<ArrayBuffer>): Promise<string> => {
    const reply = await post<{ key: string; url: string }>('uploads', { file, bytes: Buffer.byteLength(content) });
    if (reply.status !== 200) throw new Error(`uploads: ${reply.status} ${JSON.stringify(reply.body)}`);
    const put = await fetch(reply.body.url, { method: 'PUT', body: content });
    if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`);
    return reply.body.key;
  };
  return {
    ticket,
    post,
    upload,
    heartbeat: () => post<{ action: string }>('heartbeat', {}),
    events: (seq: number, events: TrainerEvent[]) => post('events', { seq, events }),
    /** Uploads and records a checkpoint with some content of its own. */
    checkpoint: async (epoch: number, step: number, best = true) => {
      const files = [];
      for (const name of ['model.safetensors', 'state.safetensors']) {
        const content = `${name} of ${ticket.run} attempt ${attempt} step ${step}`;
        const key = await upload({ kind: 'checkpoint', step, name }, content);
        files.push({ name, key, bytes: Buffer.byteLength(content), sha256: hexOf(step) });
      }
      return post('checkpoints', { epoch, step, best, files });
    },
    finish: (status: 'succeeded' | 'stopped' | 'failed', more: { code?: string; curves?: object[]; evaluation?: object } = {}) =>
      post('finish', {
        outcome: {
          status,
          best: null,
          bestTest: null,
          seconds: 1,
          failure: more.code === undefined ? null : { code: more.code, message: 'a message' },
        },
        curves: more.curves ?? [],
        ...(more.evaluation !== undefined && { evaluation: more.evaluation }),
      }),
  };
}

const hexOf = (value: number): string => value.toString(16).padStart(64, '0');

export function started(resumedFromStep: number | null = null): TrainerEvent {
  return {
    type: 'started',
    step: resumedFromStep ?? 0,
    resumedFromStep,
    device: { type: 'cpu', name: 'hand' },
    engine: 'none',
    weights: 'none',
    classes: 10,
    images: { train: 200, val: 0, test: 100 },
    stepsPerEpoch: 3,
    epochs: 3,
  };
}

export const iteration = (step: number, loss: number | 'NaN' = 1 / step): TrainerEvent => ({
  type: 'iteration',
  step,
  epoch: Math.ceil(step / 3),
  phase: 'full',
  loss,
  learningRate: 1e-3,
});

export const epochEnd = (epoch: number, trainLoss: number | null = 1): TrainerEvent => ({
  type: 'epoch',
  epoch,
  step: epoch * 3,
  phase: epoch === 0 ? 'initial' : 'full',
  learningRate: epoch === 0 ? null : 1e-3,
  trainLoss,
  trainAccuracy: null,
  valLoss: null,
  valAccuracy: null,
  testLoss: 1,
  testAccuracy: 0.5,
  imagesPerSecond: null,
  seconds: 1,
});

/** The events of a whole epoch of three steps. */
export const epochOf = (epoch: number): TrainerEvent[] => [1, 2, 3].map((n) => iteration((epoch - 1) * 3 + n)).concat(epochEnd(epoch));

/** A recipe that fits the small data set. */
export const smallRun = { preset: 'scratch', data: { monitor: 'test', batchSize: 64 }, schedule: { epochs: 3 } } as const;

/** CIFAR-10 binary files with so many images of each class. */
export function writeSmallCifar10(folder: string, { train, test }: { train: number; test: number }): string {
  mkdirSync(folder, { recursive: true });
  const records = (perClass: number): Buffer => {
    const bytes = Buffer.alloc(10 * perClass * 3073);
    for (let i = 0; i < 10 * perClass; i++) bytes.fill(i % 251, i * 3073 + 1, (i + 1) * 3073).writeUInt8(i % 10, i * 3073);
    return bytes;
  };
  writeFileSync(path.join(folder, 'data_batch_1.bin'), records(train));
  writeFileSync(path.join(folder, 'test_batch.bin'), records(test));
  return folder;
}

/** Repeats a question until the answer is yes. */
export async function until(what: string, question: () => Promise<boolean>, seconds = 10, everyMilliseconds = 50): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, everyMilliseconds)))
    if (await question()) return;
  throw new Error(`Not within ${seconds} s: ${what}`);
}
