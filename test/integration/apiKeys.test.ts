import type { MadeKey, MadeWorkerToken, ShownKey, ShownWorkerToken } from '@thaw/contract/apiKeys';
import { maxKeysPerOwner } from '@thaw/contract/apiKeys';
import type { AuditEvent } from '@thaw/contract/audit';
import { sweepKeys } from '@thaw/api/keys/sweepKeys';
import { workerPaths } from '@thaw/contract/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim as handsOf, smallRun, startApi, type Api, type Person } from './apiHarness.ts';

let api: Api;
let alice: Person;
let root: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['admin']);
  root = await api.person('root', ['admin'], 'administrator');
}, 60_000);
afterAll(async () => api?.stop());

const make = async (person: Person, request: object) => (await person.call<MadeKey>('POST', '/v1/api-keys', { name: 'one', scopes: ['runs'], ...request })).body;
const listOf = async (person: Person) => (await person.call<{ items: ShownKey[] }>('GET', '/v1/api-keys')).body.items;
const auditOf = async (person: Person) => (await person.call<{ items: AuditEvent[] }>('GET', '/v1/audit')).body.items;
const fromNow = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
const claim = (token: string) => caller(api.url, token)('POST', workerPaths.claim, { worker: { name: 'w', device: { type: 'cpu', name: 'cpu' } } });

describe('API keys', () => {
  it('are shown whole once, do what their scopes say, and are worth nothing once deleted', async () => {
    const { key, ...made } = await make(alice, { name: ' laptop ', scopes: ['runs', 'runs'] });
    expect(made).toEqual({ id: expect.any(String), name: 'laptop', prefix: key.slice(0, 21), scopes: ['runs'], createdAt: expect.any(String), expiresAt: null, lastUsedAt: null });
    const call = caller(api.url, key);
    expect((await call('GET', '/v1/runs')).status).toBe(200);
    expect((await call('POST', '/v1/datasets', { name: 'x' })).status).toBe(403);
    const shown = (await listOf(alice)).find(({ id }) => id === made.id);
    expect(shown).toEqual({ ...made, lastUsedAt: expect.any(String) });
    expect((await alice.call('DELETE', `/v1/api-keys/${made.id}`)).status).toBe(204);
    expect((await call('GET', '/v1/runs')).status).toBe(401);
    expect((await listOf(alice)).some(({ id }) => id === made.id)).toBe(false);
    const details = { name: 'laptop', prefix: made.prefix };
    expect((await auditOf(alice)).slice(0, 2)).toMatchObject([
      { actor: alice.id, action: 'key_revoked', subject: made.id, details },
      { actor: alice.id, action: 'key_made', subject: made.id, details: { ...details, scopes: ['runs'] } },
    ]);
  });

  it('end when they were said to', async () => {
    const expiresAt = fromNow(0.7);
    const { key } = await make(alice, { expiresAt });
    const call = caller(api.url, key);
    expect((await call('GET', '/v1/runs')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await call('GET', '/v1/runs')).status).toBe(401);
    expect((await listOf(alice)).filter((shown) => shown.expiresAt === expiresAt)).toHaveLength(1);
    for (const past of [fromNow(-60), '0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', 'soon'])
      expect((await alice.call('POST', '/v1/api-keys', { name: 'late', scopes: ['read'], expiresAt: past })).body.errors).toMatchObject([{ path: 'expiresAt' }]);
  });

  it('make none that can do more or live longer, nor a token for workers', async () => {
    const launcher = caller(api.url, (await make(alice, { scopes: ['runs', 'datasets', 'read'] })).key);
    for (const [method, path, body] of [['POST', '/v1/api-keys', { name: 'x', scopes: ['admin'] }], ['GET', '/v1/api-keys'], ['DELETE', `/v1/api-keys/${alice.keyId}`]] as const)
      expect((await launcher(method, path, body)).body.type).toBe('urn:thaw:problem:forbidden');

    const end = fromNow(3600);
    const guest = caller(api.url, (await make(alice, { scopes: ['admin'], expiresAt: end })).key);
    for (const expiresAt of [undefined, null, fromNow(3700)])
      expect((await guest('POST', '/v1/api-keys', { name: 'x', scopes: ['read'], expiresAt })).body.errors).toMatchObject([{ path: 'expiresAt', message: expect.stringContaining(end) }]);
    expect((await guest('POST', '/v1/api-keys', { name: 'x', scopes: ['read'], expiresAt: end })).status).toBe(201);

    for (const scopes of [['worker'], ['read', 'worker'], [], ['everything']]) expect((await alice.call('POST', '/v1/api-keys', { name: 'x', scopes })).status).toBe(422);
  });

  it('are so many at most, also when they are asked for at once', async () => {
    const bob = await api.person('bob', ['admin']);
    const expired = caller(api.url, (await make(bob, { scopes: ['admin'], expiresAt: fromNow(0.2) })).key);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const replies = await Promise.all(Array.from({ length: maxKeysPerOwner + 3 }, () => bob.call('POST', '/v1/api-keys', { name: 'x', scopes: ['read'] })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(maxKeysPerOwner - 1);
    expect(replies.find(({ status }) => status !== 201)?.body).toMatchObject({ status: 409, detail: expect.stringContaining('Delete one first') });
    expect((await expired('GET', '/v1/runs')).status).toBe(401);
  });

  it('are forgotten a while after their end', async () => {
    const { id } = await make(alice, {});
    await alice.call('DELETE', `/v1/api-keys/${id}`);
    const isThere = async () => (await api.sql`select 1 from api_key where id = ${id}`).length === 1;
    await sweepKeys(api);
    expect(await isThere()).toBe(true);
    await api.sql`update api_key set revoked_at = now() - interval '31 days' where id = ${id}`;
    expect(await sweepKeys(api)).toBe(1);
    expect(await isThere()).toBe(false);
    expect((await auditOf(alice)).filter(({ subject }) => subject === id)).toHaveLength(2);
  });
});

describe('tokens of workers', () => {
  const makeToken = async (person: Person) => (await person.call<MadeWorkerToken>('POST', '/v1/worker-tokens', { name: 'garage' })).body;

  it('are made and revoked by administrators, and claim', async () => {
    const { token, ...made } = await makeToken(root);
    expect(made).toEqual({ id: expect.any(String), name: 'garage', prefix: token.slice(0, 21), createdAt: expect.any(String), expiresAt: null, lastUsedAt: null, madeBy: { id: root.id, name: 'root' } });
    expect((await claim(token)).status).toBe(204);
    const other = await api.person('other', ['admin'], 'administrator');
    const { items } = (await other.call<{ items: ShownWorkerToken[] }>('GET', '/v1/worker-tokens')).body;
    expect(items[0]).toEqual({ ...made, lastUsedAt: expect.any(String) });
    expect((await listOf(root)).some(({ id }) => id === made.id)).toBe(false);
    expect((await root.call('DELETE', `/v1/api-keys/${made.id}`)).status).toBe(404);
    expect((await other.call('DELETE', `/v1/worker-tokens/${root.keyId}`)).status).toBe(404);
    await alice.call('POST', '/v1/runs', smallRun);
    const held = await handsOf({ ...api, workerToken: token });
    expect((await held?.heartbeat())?.status).toBe(200);
    for (const status of [204, 404]) expect((await other.call('DELETE', `/v1/worker-tokens/${made.id}`)).status).toBe(status);
    // What was claimed with it is not the worker's any more either; its lease ends, and it goes on elsewhere.
    expect((await held?.heartbeat())?.status).toBe(401);
    expect((await claim(token)).status).toBe(401);
    expect((await auditOf(root)).slice(0, 2)).toMatchObject([
      { actor: other.id, action: 'worker_token_revoked', subject: made.id },
      { actor: root.id, action: 'worker_token_made', subject: made.id, details: { name: 'garage', prefix: made.prefix } },
    ]);
  });

  it('are nobody else\'s business', async () => {
    const limited = await api.person('root', ['runs'], 'administrator');
    const { id } = await makeToken(root);
    for (const { call } of [alice, limited])
      for (const [method, path, body] of [['POST', '/v1/worker-tokens', { name: 'x' }], ['GET', '/v1/worker-tokens'], ['DELETE', `/v1/worker-tokens/${id}`]] as const)
        expect((await call(method, path, body)).body.type).toBe('urn:thaw:problem:forbidden');
  });

  it('stop when their maker is disabled, and go with their maker', async () => {
    const leaver = await api.person('leaver', ['admin'], 'administrator');
    const { token } = await makeToken(leaver);
    await api.sql`update "user" set disabled_at = now() where id = ${leaver.id}`;
    expect((await claim(token)).status).toBe(401);
    await api.sql`update "user" set disabled_at = null where id = ${leaver.id}`;
    expect((await claim(token)).status).toBe(204);
    await api.sql`delete from "user" where id = ${leaver.id}`;
    expect((await claim(token)).status).toBe(401);
  });
});
