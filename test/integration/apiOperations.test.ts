import type { AuditEvent } from '@thaw/contract/audit';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, smallRun, startApi, type Api, type Person } from './apiHarness.ts';

const metricsToken = 'a-token-of-the-monitor';
const page = 'https://pages.example.org';
let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { METRICS_TOKEN: metricsToken, CORS_ORIGINS: `${page}, http://localhost:3000` } });
  alice = await api.person('alice');
}, 60_000);
afterAll(async () => api?.stop());

describe('/metrics', () => {
  const scrape = async (): Promise<Map<string, number>> => {
    const { status, headers, body } = await caller(api.url, metricsToken)<string>('GET', '/metrics');
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: expect.stringContaining('text/plain; version=0.0.4') });
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  };

  it('is for those who have its token', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(401);
    for (const token of [alice.key, api.workerToken, `${metricsToken}x`]) expect((await caller(api.url, token)('GET', '/metrics')).status).toBe(401);
    expect((await caller(api.url, metricsToken)('GET', '/v1/runs')).status).toBe(401);
  });

  it('counts requests by the pattern of their route, and failed authentication', async () => {
    const before = await scrape();
    for (const id of ['a', 'b', 'c']) await alice.call('GET', `/v1/runs/${id}`);
    await caller(api.url, 'nonsense')('GET', '/v1/runs/d');
    for (const path of ['/wp-login.php', '/v1/what', '/v1/runs/a/what']) await alice.call('GET', path);
    await alice.call('PROPFIND', '/v1/runs');
    const after = await scrape();
    const rise = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const counted = (method: string, route: string, status: number): number => rise(`thaw_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
    expect(counted('GET', '/v1/runs/:id', 404)).toBe(3);
    expect(counted('GET', '/v1/runs/:id', 401)).toBe(1);
    expect(counted('GET', 'none', 404)).toBe(3);
    expect(counted('other', 'none', 405)).toBe(1);
    expect(rise('thaw_authentication_failures_total')).toBe(1);
    expect([...after.keys()].filter((name) => /runs\/[abcd]|login/.test(name))).toEqual([]);
  });

  it('tells the queue, the runs, the workers and the process as they are now', async () => {
    const queued = { 'thaw_queue_length{queue="runs"}': 0, 'thaw_queue_oldest_seconds{queue="runs"}': 0 };
    const shown = async (names: object) => {
      const samples = await scrape();
      return Object.fromEntries(Object.keys(names).map((name) => [name, samples.get(name)]));
    };
    expect(await shown(queued)).toEqual(queued);
    const [first, second] = [(await alice.call<Run>('POST', '/v1/runs', smallRun)).body, (await alice.call<Run>('POST', '/v1/runs', smallRun)).body];
    await api.sql`update run set available_at = now() - interval '1 hour' where id = ${second.id}`;
    await api.sql`insert into dataset (id, owner_id, name) values ('waiting', ${alice.id}, 'waiting')`;
    await api.sql`insert into dataset_version (dataset_id, version, source, options) select 'waiting', 1, source, options from dataset_version where dataset_id = 'cifar10'`;
    await claim(api, first.id);
    const samples = await scrape();
    expect(Object.fromEntries(samples)).toMatchObject({
      thaw_database_up: 1,
      'thaw_queue_length{queue="runs"}': 1,
      'thaw_queue_length{queue="imports"}': 1,
      'thaw_runs{status="queued"}': 1,
      'thaw_runs{status="running"}': 1,
      'thaw_runs{status="failed"}': 0,
      'thaw_workers{device="cpu"}': 1,
      'thaw_workers{device="gpu"}': 0,
      'thaw_workers_wanted{queue="runs"}': 2,
      'thaw_workers_wanted{queue="imports"}': 1,
      'thaw_workers_wanted{queue="tasks"}': 0,
    });
    expect(samples.get('thaw_queue_oldest_seconds{queue="runs"}')).toBeGreaterThan(3599);
    expect(samples.get('thaw_queue_oldest_seconds{queue="runs"}')).toBeLessThan(3700);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);

    await api.sql`update worker set last_seen_at = now() - interval '3 minutes'`;
    await api.sql`insert into quota (owner_id, active_runs) values (${alice.id}, 1)`;
    const later = { 'thaw_workers{device="cpu"}': 0, 'thaw_workers_wanted{queue="runs"}': 1 };
    expect(await shown(later)).toEqual(later);
  });

  it('answers with what there is when the database does not tell', async () => {
    await api.sql`alter table worker rename to worker_away`;
    const samples = await scrape();
    await api.sql`alter table worker_away rename to worker`;
    expect(samples.get('thaw_database_up')).toBe(0);
    expect(samples.has('thaw_workers{device="cpu"}')).toBe(false);
    expect(samples.has('process_resident_memory_bytes')).toBe(true);
    expect((await scrape()).get('thaw_database_up')).toBe(1);
  });
});

describe('browsers', () => {
  const preflight = (at: string, origin: string) =>
    fetch(api.url + at, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,if-match' } });
  const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

  it('may call from a page of an origin that is on the list, and hear why something failed', async () => {
    const asked = await preflight('/v1/runs/x', page);
    expect({ status: asked.status, allowed: allowed(asked) }).toEqual({ status: 204, allowed: page });
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/Authorization.*If-Match/);
    const refused = await fetch(`${api.url}/v1/runs`, { headers: { origin: page } });
    expect({ status: refused.status, allowed: allowed(refused), vary: refused.headers.get('vary') }).toEqual({ status: 401, allowed: page, vary: 'Origin' });
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('may not from elsewhere, nor from anywhere to what is not for people', async () => {
    for (const origin of ['https://evil.example.org', `${page}.evil.org`, 'null', 'http://localhost:3001']) {
      expect(allowed(await preflight('/v1/runs', origin))).toBeNull();
      expect(allowed(await fetch(`${api.url}/v1/runs`, { headers: { origin } }))).toBeNull();
    }
    for (const path of ['/worker/v1/claim', '/metrics', '/healthz']) expect(allowed(await preflight(path, page))).toBeNull();
  });

  it('are told on every answer to run, frame and guess nothing', async () => {
    for (const path of ['/healthz', '/v1/openapi.json', '/v1/runs', '/nowhere']) {
      const { headers } = await fetch(api.url + path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=15552000',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers.has('x-powered-by')).toBe(false);
    }
  });
});

describe('the audit log', () => {
  const entriesOf = async (person: Person, query = '') => (await person.call<{ items: AuditEvent[]; nextCursor: string | null }>('GET', `/v1/audit${query}`)).body;
  const ended = async (person: Person) => {
    const { id } = (await person.call<Run>('POST', '/v1/runs', { ...smallRun, name: 'to go' })).body;
    await person.call('POST', `/v1/runs/${id}/cancel`);
    return id;
  };

  it('has who made and revoked keys and deleted things, for their owner alone', async () => {
    const carol = await api.person('carol', ['admin']);
    const other = await api.person('carol', ['read']);
    for (const status of [204, 404]) expect((await carol.call('DELETE', `/v1/api-keys/${other.keyId}`)).status).toBe(status);
    const id = await ended(carol);
    await carol.call('DELETE', `/v1/runs/${id}`);
    await api.sql`insert into dataset (id, owner_id, name) values ('carols', ${carol.id}, 'pets')`;
    await api.sql`insert into dataset_version (dataset_id, version, status, source, options, manifest_key, manifest, finished_at)
      select 'carols', n, status, source, options, manifest_key, manifest, finished_at from dataset_version, generate_series(1, 2) n where dataset_id = 'cifar10'`;
    expect((await carol.call('DELETE', '/v1/datasets/carols/versions/1')).status).toBe(204);
    expect((await carol.call('DELETE', '/v1/datasets/carols')).status).toBe(204);
    expect((await alice.call('DELETE', `/v1/runs/${id}`)).status).toBe(404);

    const { items } = await entriesOf(carol);
    const by = (actor: string, action: string, subject: string, details: object) => ({ id: expect.any(Number), at: expect.any(String), owner: carol.id, actor, action, subject, details });
    const keyOf = ({ key }: Person) => ({ name: 'carol', prefix: key.slice(0, 21) });
    expect(items).toEqual([
      by(carol.id, 'dataset_deleted', 'carols', { name: 'pets', versions: 1 }),
      by(carol.id, 'dataset_version_deleted', 'carols', { name: 'pets', version: 1 }),
      by(carol.id, 'run_deleted', id, { name: 'to go' }),
      by(carol.id, 'key_revoked', other.keyId, keyOf(other)),
      by('system', 'key_made', other.keyId, { ...keyOf(other), scopes: ['read'] }),
      by('system', 'key_made', carol.keyId, { ...keyOf(carol), scopes: ['admin'] }),
    ]);
    const first = await entriesOf(carol, '?limit=4');
    const rest = await entriesOf(carol, `?limit=4&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items]).toEqual(items);
    expect(rest.nextCursor).toBeNull();
    expect((await carol.call('GET', '/v1/audit?cursor=x')).status).toBe(422);
    expect((await alice.call('GET', '/v1/audit')).body.detail).toContain('"admin"');
    expect((await entriesOf(await api.person('dave', ['admin']))).items).toHaveLength(1);
  });

  it('shows administrators what was done to the things of others, and nobody else', async () => {
    const root = await api.person('root', ['admin'], 'administrator');
    const fay = await api.person('fay', ['admin']);
    await ended(fay);
    const everyone = (await entriesOf(root, '?everyone=true&limit=100')).items;
    expect(new Set(everyone.map(({ owner }) => owner)).size).toBeGreaterThan(2);
    expect(everyone.map(({ id }) => id)).toEqual(everyone.map(({ id }) => id).sort((a, b) => b - a));
    expect((await entriesOf(root, `?owner=${fay.id}`)).items).toEqual((await entriesOf(fay)).items);
    expect((await entriesOf(root, '?everyone=true&action=run_deleted')).items.every(({ action }) => action === 'run_deleted')).toBe(true);
    expect((await entriesOf(root)).items.every(({ owner }) => owner === root.id)).toBe(true);
    for (const query of ['?everyone=true', `?owner=${root.id}`]) expect((await fay.call('GET', `/v1/audit${query}`)).body.type).toBe('urn:thaw:problem:forbidden');
    expect((await fay.call('GET', `/v1/audit?owner=${fay.id}`)).status).toBe(200);
  });

  it('has nothing of what was refused, and nothing is done that it does not have', async () => {
    const erin = await api.person('erin', ['admin']);
    const { id: waiting } = (await erin.call<Run>('POST', '/v1/runs', smallRun)).body;
    expect((await erin.call('DELETE', `/v1/runs/${waiting}`)).status).toBe(409);
    const id = await ended(erin);
    await api.sql`alter table audit_event rename to audit_event_away`;
    const { status } = await erin.call('DELETE', `/v1/runs/${id}`);
    await api.sql`alter table audit_event_away rename to audit_event`;
    expect(status).toBe(500);
    expect((await erin.call('GET', `/v1/runs/${id}`)).status).toBe(200);
    expect((await entriesOf(erin)).items.map(({ action }) => action)).toEqual(['key_made']);
  });
});
