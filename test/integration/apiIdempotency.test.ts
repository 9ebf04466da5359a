import { createApp } from '@thaw/api/app';
import { sweepRequests } from '@thaw/api/idempotency/sweepRequests';
import { createLog } from '@thaw/api/log';
import type { ShownKey } from '@thaw/contract/apiKeys';
import type { Problem } from '@thaw/contract/problems';
import { noLimits } from '@thaw/contract/quotas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAdministration, requestFor, type Asked } from './access/requests.ts';
import { fill, isPublic, noFeed, routesUnder, type Route } from './access/routes.ts';
import { startWorld, type World } from './access/world.ts';
import { caller, type Person } from './apiHarness.ts';

let world: World;
let alice: Person;
beforeAll(async () => {
  world = await startWorld();
  ({ alice } = world);
}, 60_000);
afterAll(async () => world?.api.stop());

let keys = 0;
const newKey = (): string => `key-${++keys}`;
const sendAs = (who: Person, route: Route, { path = {}, query = '', body, headers = {} }: Asked, key: string) =>
  who.call<unknown>(route.method, fill(route, path) + query, body, { ...headers, 'idempotency-key': key });
const makeDataset = (key: string, name = 'pets', who = alice) => who.call<{ id: string } & Problem>('POST', '/v1/datasets', { name }, { 'idempotency-key': key });
const countOf = async (name: string) => (await world.api.sql<{ n: number }[]>`select count(*)::int n from dataset where name = ${name}`)[0]?.n;

/** Done again: the answer is for the moment. */
const again = ['POST /v1/uploads/:id/parts', 'POST /v1/uploads/:id/complete'];
/** The answer holds a secret. */
const once = ['POST /v1/api-keys', 'POST /v1/worker-tokens', 'POST /v1/webhooks', 'POST /v1/webhooks/:id/secret', 'POST /v1/invitations'];

describe('every POST', () => {
  it('answers a repeated Idempotency-Key like the first time, and does it once', async () => {
    const posts = routesUnder(world.api, '/v1/').filter((route) => route.method === 'POST' && !isPublic(route));
    expect(posts.length).toBeGreaterThanOrEqual(15);
    const wrong: object[] = [];
    for (const route of posts) {
      const who = isAdministration(route) ? world.root : alice;
      const asked = await requestFor(world, route, who);
      if (asked.refused !== undefined) continue;
      const key = newKey();
      const first = await sendAs(who, route, asked, key);
      const second = await sendAs(who, route, asked, key);
      const other = await sendAs(who, route, { ...asked, query: '?other=1' }, key);
      const is = { route: route.name, first: first.status, second: second.status, replayed: second.headers.get('idempotent-replay'), same: JSON.stringify(first.body) === JSON.stringify(second.body) };
      const { status } = first;
      if (status >= 300) wrong.push({ ...is, body: first.body });
      else if (once.includes(route.name)) {
        if (second.status !== 409 || !/shown only once/.test((second.body as Problem).detail)) wrong.push(is);
      } else if (again.includes(route.name)) {
        if (second.status !== status || is.replayed !== null) wrong.push(is);
      } else if (second.status !== status || !is.same || is.replayed !== 'true') wrong.push(is);
      for (const name of ['location', 'etag', 'content-type']) if (second.status < 300 && first.headers.get(name) !== second.headers.get(name)) wrong.push({ ...is, name });
      if (other.status !== 409 && route.name !== 'POST /v1/runs') wrong.push({ ...is, other: other.status });
    }
    expect(wrong).toEqual([]);
    const kept = JSON.stringify(await world.api.sql`select * from idempotent_request`);
    expect(kept).toContain('key-1');
    expect(kept).not.toMatch(/thaw_[0-9a-f]{16}_|whsec_|X-Amz-Signature/);
  }, 60_000);
});

describe('an Idempotency-Key', () => {
  it('belongs to one request of one owner', async () => {
    const key = newKey();
    const { body: made } = await makeDataset(key, 'mine');
    expect((await makeDataset(key, 'other')).body).toMatchObject({ status: 409, detail: expect.stringContaining('with another request') });
    expect((await alice.call('POST', '/v1/api-keys', { name: 'x', scopes: ['read'] }, { 'idempotency-key': key })).status).toBe(409);
    expect((await makeDataset(key, 'mine', world.bob)).body.id).not.toBe(made.id);
    for (const bad of ['', 'x'.repeat(256)]) expect((await makeDataset(bad)).body.errors).toMatchObject([{ path: 'idempotency-key' }]);
  });

  it('is done once, however many ask at the same time', async () => {
    const key = newKey();
    const replies = await Promise.all(Array.from({ length: 8 }, () => makeDataset(key, 'at once')));
    for (const { status, headers, body } of replies) {
      if (status === 201) continue;
      expect({ status, retry: headers.get('retry-after'), detail: body.detail }).toEqual({ status: 409, retry: '2', detail: expect.stringContaining('still under way') });
    }
    expect(await countOf('at once')).toBe(1);
    expect((await makeDataset(key, 'at once')).status).toBe(201);
  });

  it('is free again after what was refused, also for another request', async () => {
    const key = newKey();
    expect((await makeDataset(key, '')).status).toBe(422);
    expect((await makeDataset(key, 'mended')).headers.has('idempotent-replay')).toBe(false);
    expect(await countOf('mended')).toBe(1);
  });

  it('opens nothing to a key that may do less', async () => {
    const key = newKey();
    await makeDataset(key, 'for its maker');
    const { key: weak } = (await alice.call<ShownKey & { key: string }>('POST', '/v1/api-keys', { name: 'weak', scopes: ['read'] })).body;
    const { status, body } = await caller(world.api.url, weak)('POST', '/v1/datasets', { name: 'for its maker' }, { 'idempotency-key': key });
    expect([status, body.type]).toEqual([409, 'urn:thaw:problem:conflict']);
  });

  it('is forgotten after a day', async () => {
    const key = newKey();
    const first = await makeDataset(key, 'daily');
    await world.api.sql`update idempotent_request set created_at = now() - interval '25 hours' where key = ${key}`;
    // Before it is swept.
    const second = await makeDataset(key, 'daily');
    expect([second.status, second.headers.has('idempotent-replay')]).toEqual([201, false]);
    expect(second.body.id).not.toBe(first.body.id);
    await world.api.sql`update idempotent_request set created_at = now() - interval '25 hours' where key = ${key}`;
    expect(await sweepRequests(world.api)).toBe(1);
  });
});

describe('a process that dies', () => {
  /** As the database is when it died `after` the work was committed, or before. */
  const die = (key: string, after: boolean) =>
    world.api.sql`update idempotent_request set status = null, headers = null, body = null, withheld = null, lease_expires_at = now() - interval '1 second', done_at = ${after ? new Date() : null} where key = ${key}`;

  it('before the work leaves no lock, and after it nothing to be done twice', async () => {
    const [before, after] = [newKey(), newKey()];
    await makeDataset(before, 'before');
    await die(before, false);
    expect((await makeDataset(before, 'before')).status).toBe(201);
    await makeDataset(after, 'after');
    await die(after, true);
    expect((await makeDataset(after, 'after')).body).toMatchObject({ status: 409, detail: expect.stringContaining('its answer was lost') });
    expect(await countOf('after')).toBe(1);
  });

  it('is told apart from one that is slow: that commits no more once another was let through', async () => {
    const key = newKey();
    const { db, storage } = world.api;
    const app = createApp({ base: { db, storage, log: createLog('test', 'silent'), settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } }, feed: noFeed });
    const send = () => app.request('/v1/datasets', { method: 'POST', body: '{"name":"slow"}', headers: { authorization: `Bearer ${alice.key}`, 'content-type': 'application/json', 'idempotency-key': key } });
    // Its transaction waits for this lock.
    let slow: Response | Promise<Response> = Promise.resolve(new Response());
    await world.api.sql.begin(async (sql) => {
      await sql`lock table dataset in share mode`;
      slow = send();
      for (let tries = 0; tries < 100; tries++) {
        const expired = await world.api.sql`update idempotent_request set lease_expires_at = now() - interval '1 second' where key = ${key} returning key`;
        if (expired.length === 1) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await world.api.sql`update idempotent_request set holder = 'another' where key = ${key}`;
    });
    const reply = await slow;
    expect([reply.status, ((await reply.json()) as Problem).detail]).toEqual([409, expect.stringContaining('another with its Idempotency-Key was let through')]);
    expect(await countOf('slow')).toBe(0);
  });
});
