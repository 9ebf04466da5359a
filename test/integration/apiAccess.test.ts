import { createApp } from '@thaw/api/app';
import { createApiKey } from '@thaw/api/auth/createApiKey';
import { createLog } from '@thaw/api/log';
import { openStorage } from '@thaw/api/storage/storage';
import { problem, type Problem } from '@thaw/contract/problems';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { workerPaths } from '@thaw/contract/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPublic, noFeed, routesUnder } from './access/routes.ts';
import { anyStorage, caller, claim, epochOf, smallRun, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';

let api: Api;
let alice: Person;
let bob: Person;
/** A run of alice with a checkpoint and a curve, and one that is running. */
let run: Run;
let attempt: Attempt;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  [alice, bob] = [await api.person('alice'), await api.person('bob')];
  run = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
  const claimed = await claim(api);
  if (claimed === null) throw new Error('no run to claim');
  attempt = claimed;
  await attempt.events(0, [started(), ...epochOf(1)]);
  await attempt.checkpoint(1, 3);
}, 60_000);
afterAll(async () => api?.stop());

const withIds = (path: string): string => path.replace(':id', run.id).replace(':file', 'iterations.csv').replace(':epoch', '1');
/** All that is asked for a key under /v1. */
const keyed = () => routesUnder(api, '/v1/').filter((route) => !isPublic(route));

describe('ownership', () => {
  it("keeps others' runs out of lists, and others' checkpoints out of new runs", async () => {
    expect((await bob.call<{ items: Run[] }>('GET', '/v1/runs')).body.items).toEqual([]);
    const { status, body } = await bob.call('POST', '/v1/runs', { ...smallRun, model: { weights: { run: run.id, epoch: 1 } } });
    expect({ status, at: body.errors?.[0]?.path }).toEqual({ status: 422, at: 'model.weights' });
  });

  it("keeps others' data sets out of lists and new runs", async () => {
    await api.sql`insert into dataset (id, owner_id, name) values ('alices', ${alice.id}, 'private')`;
    await api.sql`insert into dataset_version (dataset_id, version, status, source, options, manifest_key, manifest, finished_at)
      select 'alices', 1, status, source, options, manifest_key, manifest, finished_at from dataset_version where dataset_id = 'cifar10'`;
    const idsOf = async (person: Person) => (await person.call<{ items: { id: string }[] }>('GET', '/v1/datasets')).body.items.map(({ id }) => id);
    expect([await idsOf(alice), await idsOf(bob)]).toEqual([['alices', 'cifar10'], ['cifar10']]);
    expect((await alice.call('GET', '/v1/datasets/alices')).status).toBe(200);
    expect((await bob.call('GET', '/v1/datasets/alices')).status).toBe(404);
    const { status, body } = await bob.call('POST', '/v1/runs', { ...smallRun, data: { ...smallRun.data, dataset: 'alices' } });
    expect({ status, at: body.errors?.[0]?.path }).toEqual({ status: 422, at: 'data.dataset' });
  });

  it('opens with an attempt token its own run and nothing else', async () => {
    const other = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    const call = caller(api.url, attempt.ticket.attemptToken);
    expect((await call('POST', workerPaths.ofRun(other.id, 'heartbeat'), { attempt: 1 })).status).toBe(404);
    expect((await call('POST', workerPaths.claim, {})).status).toBe(401);
    expect((await call('GET', '/v1/runs')).status).toBe(401);
    await alice.call('POST', `/v1/runs/${other.id}/cancel`);
  });
});

describe('keys', () => {
  it('are asked for before anything else, on every path but the document', async () => {
    for (const { method, path } of [...keyed(), ...routesUnder(api, '/worker/'), { method: 'GET', path: '/v1/unknown' }]) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${alice.key}` }, { authorization: `Bearer ${alice.key.slice(0, -1)}x` }]) {
        const response = await fetch(api.url + withIds(path), { method, headers: { ...headers, 'content-type': 'application/json' }, ...(method === 'POST' && { body: '{' }) });
        expect({ method, path, status: response.status }).toEqual({ method, path, status: 401 });
        expect(problem.parse(await response.json()).type).toBe('urn:thaw:problem:unauthorized');
      }
    }
    expect((await fetch(`${api.url}/v1/openapi.json`)).status).toBe(200);
    expect((await alice.call('GET', '/v1/unknown')).status).toBe(404);
  });

  it('of workers claim and do nothing else; those of people do not claim', async () => {
    const worker = caller(api.url, api.workerToken);
    for (const { method, path } of keyed())
      expect((await worker(method, withIds(path), method === 'GET' ? undefined : {})).status).toBe(403);
    expect((await worker('POST', workerPaths.ofRun(run.id, 'heartbeat'), { attempt: 1 })).status).toBe(401);
    expect((await alice.call('POST', workerPaths.claim, {})).status).toBe(403);
    await expect(createApiKey(api, { ownerId: alice.id, name: 'both', scopes: ['worker', 'read'] })).rejects.toThrow(/worker token can do nothing else/);
  });

  it('do what their scopes say', async () => {
    const reader = caller(api.url, (await createApiKey(api, { ownerId: alice.id, name: 'reader', scopes: ['read'] })).key);
    expect((await reader('GET', `/v1/runs/${run.id}`)).status).toBe(200);
    for (const { method, path } of keyed())
      if (method !== 'GET') expect((await reader(method, withIds(path), {})).body).toMatchObject({ type: 'urn:thaw:problem:forbidden' });
  });

  it('are worth nothing from the moment they are revoked, and show their last use', async () => {
    const carol = await api.person('carol', ['admin']);
    const lastUse = async () => (await api.sql<{ at: Date | null }[]>`select last_used_at as at from api_key where id = ${carol.keyId}`)[0]?.at;
    expect(await lastUse()).toBeNull();
    expect((await carol.call('GET', '/v1/runs')).status).toBe(200);
    expect(await lastUse()).toBeInstanceOf(Date);
    expect((await carol.call('DELETE', `/v1/api-keys/${carol.keyId}`)).status).toBe(204);
    expect((await carol.call('GET', '/v1/runs')).status).toBe(401);
  });

  it('and tokens are neither in the database nor in the log', async () => {
    const secrets = [alice.key, bob.key, api.workerToken, attempt.ticket.attemptToken, api.servers.s3.secretAccessKey];
    const tables = await api.sql<{ name: string }[]>`select table_name as name from information_schema.tables where table_schema = 'public'`;
    expect(tables.length).toBeGreaterThanOrEqual(10);
    let dump = '';
    for (const { name } of tables) dump += JSON.stringify(await api.sql`select * from ${api.sql(name)}`);
    expect(dump).toContain(alice.key.slice(0, 21));
    expect(api.logged.length).toBeGreaterThan(20);
    for (const secret of secrets) expect({ inDatabase: dump.includes(secret), inLog: api.logged.some((line) => line.includes(secret)) }).toEqual({ inDatabase: false, inLog: false });
    const [kept] = await api.sql<{ hash: string }[]>`select token_hash as hash from attempt where run_id = ${run.id}`;
    expect(kept?.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('requests that are wrong', () => {
  const send = async (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers: Record<string, string>): Promise<{ status: number; body: Problem }> => {
    const response = await fetch(`${api.url}/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${alice.key}`, ...headers }, body, duplex: 'half' });
    return { status: response.status, body: (await response.json()) as Problem };
  };
  const asJson = { 'content-type': 'application/json' };

  it('are refused by their form: type, size, nesting, syntax', async () => {
    const text = JSON.stringify(smallRun);
    expect((await send(text, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await send(new TextEncoder().encode(text), {})).status).toBe(415);
    const chunked = new ReadableStream({ pull: (out) => out.enqueue(new Uint8Array(2 ** 16)) });
    expect((await send(chunked, asJson)).status).toBe(413);
    expect((await send('{"preset": ', asJson)).body.type).toBe('urn:thaw:problem:invalid-request');
    expect((await send(JSON.stringify({ name: 'x'.repeat(2 ** 20) }), asJson)).status).toBe(413);
    expect((await send(`{"preset":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, asJson)).status).toBe(400);
    expect((await send('[]', asJson)).status).toBe(422);
    expect((await send('{"preset":"quick","__proto__":{"x":1}}', asJson)).status).toBe(422);
  });

  it('may be large when they are events of a worker, and are checked one by one', async () => {
    const log = { type: 'log', step: 3, level: 'info', message: 'a\u0000b'.padEnd(10_000, '.') } as const;
    expect((await attempt.events(1, Array.from({ length: 300 }, () => log))).status).toBe(204);
    const { status, body } = await attempt.post('events', { seq: 2, events: [log, { type: 'iteration', step: -1 }] });
    expect({ status, at: body.errors?.[0]?.path }).toEqual({ status: 422, at: 'events.1.step' });
    const huge = await attempt.post('events', { seq: 2, events: Array.from({ length: 900 }, () => log) });
    expect(huge.status).toBe(413);
  });

  it.each(['/v1/runs/a%00b', '/v1/runs/..%2f', `/v1/runs/${'x'.repeat(200)}`, '/v1/datasets/a%00b', '/v1/runs/x/checkpoints/99999999999/safetensors'])('answers 404 to %s', async (path) => {
    expect((await alice.call('GET', path)).status).toBe(404);
  });

  it('are told which methods a path has, and that a head is too long', async () => {
    const { status, headers, body } = await alice.call('PUT', `/v1/runs/${run.id}`, {});
    expect({ status, allow: headers.get('allow'), type: body.type }).toEqual({ status: 405, allow: 'GET, HEAD, PATCH, DELETE', type: 'urn:thaw:problem:method-not-allowed' });
    expect((await alice.call('GET', '/v1/nothing')).status).toBe(404);
    const long = await alice.call('GET', `/v1/runs?search=${'x'.repeat(20_000)}`);
    expect([long.status, long.body.type]).toEqual([431, 'urn:thaw:problem:headers-too-large']);
  });

  it('carry an id under which the log has them', async () => {
    const reply = await alice.call('GET', '/v1/runs/unknown');
    expect(reply.headers.get('x-request-id')).toBe(reply.body.requestId);
    expect(api.logged.some((line) => line.includes(reply.body.requestId ?? '-'))).toBe(true);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('trouble within', () => {
  it('tells the caller neither host, key nor query when the storage is away, and says so as 503', async () => {
    const lines: string[] = [];
    const storage = openStorage({ ...api.servers.s3, endpoint: 'http://storage-user:storage-password@127.0.0.1:1' });
    const app = createApp({
      base: { db: api.db, storage, log: createLog('test', 'debug', (line) => void lines.push(line)), settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } },
      feed: noFeed,
    });
    const headers = { authorization: `Bearer ${attempt.ticket.attemptToken}`, 'content-type': 'application/json' };
    const files = ['model.safetensors', 'state.safetensors'].map((name) => ({ name, key: `runs/${run.id}/checkpoints/1-3/${name}`, bytes: 1, sha256: '0'.repeat(64) }));
    const response = await app.request(workerPaths.ofRun(run.id, 'checkpoints'), { method: 'POST', headers, body: JSON.stringify({ attempt: 1, epoch: 1, step: 3, best: true, files }) });
    const text = await response.text();
    expect({ status: response.status, retry: response.headers.get('retry-after') }).toEqual({ status: 503, retry: '2' });
    expect(text).not.toMatch(/127\.0\.0\.1|storage-|runs\/|at .*\.ts/);
    expect(lines.join('')).toContain('ECONNREFUSED');
    expect(lines.join('')).not.toContain('storage-password');

    expect((await app.request('/readyz')).status).toBe(503);
    storage.close();
  });

  it('is a generic 500 with the id of the request', async () => {
    await api.sql`alter table worker rename to worker_away`;
    const { status, body } = await alice.call('GET', '/v1/workers');
    await api.sql`alter table worker_away rename to worker`;
    expect({ status, body }).toEqual({ status: 500, body: { type: 'urn:thaw:problem:internal-error', title: 'Internal error', status: 500, detail: expect.stringContaining('requestId'), requestId: expect.any(String) } });
    expect(api.logged.some((line) => line.includes(body.requestId ?? '-') && line.includes('worker'))).toBe(true);
  });

  it('is told apart from readiness', async () => {
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${api.url}/readyz`)).json()).toEqual({ status: 'ready', database: true, storage: true });
  });
});
