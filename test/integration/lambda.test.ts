import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess, type ServingProcess } from '../bench/apiProcess.ts';
import { peopleOf } from './accountPeople.ts';
import { anyStorage, caller, claim, epochOf, smallRun, startApi, started, type Api, type Call, type Person } from './apiHarness.ts';
import { openBrowser } from './browser.ts';

const root = path.resolve(import.meta.dirname, '../..');
let api: Api;
let alice: Person;
let host: ServingProcess;
let call: Call;

/** A program of the product, run to its end. */
const run = async (program: string, args: string[], env: Record<string, string> = {}): Promise<string> => {
  const child = spawn(process.execPath, [path.join(root, program), ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${program}: ${code}\n${said}`);
  return said;
};

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
  const out = path.join(api.servers.folder, 'bundle');
  await run('apps/api/bundle.ts', ['--out', out]);
  host = await startProcess('test/integration/lambdaHost.ts', { ...api.environment, BUNDLE: path.join(out, 'lambda.mjs') }, '/healthz');
  call = caller(host.url, alice.key);
}, 120_000);
afterAll(async () => {
  await host?.stop();
  await api?.stop();
});

describe('the API as a function', () => {
  it('answers as the server does: health, keys, lists, errors', async () => {
    expect((await call('GET', '/readyz')).body).toMatchObject({ status: 'ready', database: true, storage: true });
    const { status, headers, body } = await caller(host.url, 'nonsense')('GET', '/v1/runs');
    expect({ status, type: body.type, id: headers.get('x-request-id') }).toEqual({ status: 401, type: 'urn:thaw:problem:unauthorized', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    for (const at of ['/v1/runs?limit=2&tag=a&tag=b', '/v1/datasets', '/v1/presets', '/v1/account', '/v1/nowhere', '/v1/runs?limit=0']) {
      const [here, there] = await Promise.all([call<unknown>('GET', at), alice.call<unknown>('GET', at)]);
      const known = (reply: unknown) => JSON.stringify(reply).replace(/"requestId":"[^"]+"/, '');
      expect({ status: here.status, body: known(here.body) }).toEqual({ status: there.status, body: known(there.body) });
    }
    const reference = await fetch(`${host.url}/v1/docs/swagger-ui-bundle.js`);
    expect({ status: reference.status, large: (await reference.text()).length > 100_000 }).toEqual({ status: 200, large: true });
  });

  it('makes runs, gives their files, and is asked for updates in place of streams', async () => {
    const made = await call<Run>('POST', '/v1/runs', { ...smallRun, name: 'über Größe 🙂' }, { 'idempotency-key': 'once' });
    expect({ status: made.status, name: made.body.name }).toEqual({ status: 201, name: 'über Größe 🙂' });
    expect((await call<Run>('POST', '/v1/runs', { ...smallRun, name: 'über Größe 🙂' }, { 'idempotency-key': 'once' })).body.id).toBe(made.body.id);
    expect((await call('POST', '/v1/runs', '{"preset"')).status).toBe(400);
    const attempt = await claim({ ...api, url: host.url }, made.body.id);
    expect((await attempt?.events(0, [started(), ...epochOf(1)]))?.status).toBe(204);
    expect((await attempt?.checkpoint(1, 3))?.status).toBe(204);
    expect((await attempt?.finish('succeeded'))?.status).toBe(204);
    const refused = await call('GET', `/v1/runs/${made.body.id}/events`);
    expect({ status: refused.status, type: refused.body.type, detail: refused.body.detail }).toEqual({ status: 501, type: 'urn:thaw:problem:not-here', detail: expect.stringContaining('updates') });
    const updates = await call<{ messages: { event: string }[]; ended: boolean }>('GET', `/v1/runs/${made.body.id}/updates`);
    expect({ kinds: updates.body.messages.map(({ event }) => event), ended: updates.body.ended }).toEqual({ kinds: ['run', 'batch', 'end'], ended: true });
    expect(await call('POST', `/v1/runs/${made.body.id}/predict`, 'a picture', { 'content-type': 'image/png' })).toMatchObject({ status: 501, body: { type: 'urn:thaw:problem:not-here' } });
    const file = await call('GET', `/v1/runs/${made.body.id}/checkpoints/1/safetensors`);
    expect(file.status).toBe(302);
    expect(await (await fetch(file.headers.get('location') ?? '')).text()).toContain('step 3');
    expect((await call('DELETE', `/v1/runs/${made.body.id}`)).status).toBe(204);
  });

  it('takes and gives bytes that are no text', async () => {
    const picture = (url: string) => fetch(`${url}/v1/datasets/cifar10/versions/1/images/train/0/full`, { headers: { authorization: `Bearer ${alice.key}` } });
    const [here, there] = [await picture(host.url), await picture(api.url)];
    expect(here.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await here.arrayBuffer()).equals(Buffer.from(await there.arrayBuffer()))).toBe(true);
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const sent = await fetch(`${host.url}/v1/runs`, { method: 'POST', headers: { authorization: `Bearer ${alice.key}`, 'content-type': 'application/octet-stream' }, body: bytes });
    expect(sent.status).toBe(415);
  });

  it('lets people sign up and in, with cookies, and revokes at once what another process revokes', async () => {
    const people = peopleOf({ ...api, url: host.url });
    const browser = await people.signUp('frida', openBrowser(host.url));
    expect((await browser.send('GET', '/v1/account')).body).toMatchObject({ name: 'frida' });
    const carol = await api.person('carol', ['admin']);
    const as = caller(host.url, carol.key);
    expect((await as('GET', '/v1/runs')).status).toBe(200);
    expect((await carol.call('DELETE', `/v1/api-keys/${carol.keyId}`)).status).toBe(204);
    expect((await as('GET', '/v1/runs')).status).toBe(401);
  });

  it('holds two connections at most, however much is asked at once', async () => {
    const asked = await Promise.all(Array.from({ length: 60 }, () => call('GET', '/v1/runs')));
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
    const [row] = await api.sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity where application_name = 'thaw-function'`;
    expect(row?.count).toBeLessThanOrEqual(2);
  });
});

it('the schema comes with a command of its own', async () => {
  const url = new URL(api.servers.databaseUrl);
  await api.sql.unsafe('create database fresh');
  url.pathname = '/fresh';
  expect(await run('apps/api/src/migrate.ts', [], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', DATABASE_DIRECT_URL: url.href })).toContain('newest schema');
  expect(await run('apps/api/src/migrate.ts', [], { DATABASE_URL: url.href })).toContain('newest schema');
});
