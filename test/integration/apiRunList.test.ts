import type { Run, RunWithCompanions } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, smallRun, startApi, type Api, type Person } from './apiHarness.ts';

let api: Api;
let alice: Person;
/** By name, in the order in which they were made. */
const ids = new Map<string, string>();

interface Page {
  items: Run[];
  nextCursor: string | null;
}

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice');
  const make = async (name: string, more: object = {}) => {
    const made = await alice.call<Run>('POST', '/v1/runs', { ...smallRun, name, ...more });
    expect(made.status).toBe(201);
    ids.set(name, made.body.id);
  };
  await make('a', { tags: ['ablation', 'cats'], notes: 'With 100% of the data;\nsee_also: B' });
  await make('b', { tags: ['ablation'], notes: 'ÉTUDE two' });
  for (const name of ['c', 'd', 'e', 'f']) await make(name);
  await make('Étude', { preset: 'scratch' });
  const [base] = await api.sql<{ at: Date }[]>`select min(created_at) at from run`;
  // Two share a moment, and two an accuracy; two have ended without one.
  const end = (name: string, status: string, minutes: number, result: object | null, seconds = 60) => {
    const at = new Date((base?.at.getTime() ?? 0) + minutes * 60_000);
    const failure = status === 'failed' ? { code: 'diverged', message: '' } : null;
    return api.sql`update run set status = ${status}, started_at = ${new Date(at.getTime() - seconds * 1000)}, finished_at = ${at}, result = ${result === null ? null : api.sql.json(result as never)}, failure = ${failure && api.sql.json(failure)} where id = ${ids.get(name) ?? ''}`;
  };
  const best = (accuracy: number) => ({ epoch: 1, loss: 'NaN', accuracy });
  await end('a', 'succeeded', 3, { best: best(0.1 + 0.2), bestTest: null, seconds: 1 });
  await end('b', 'succeeded', 1, { best: best(0.99), bestTest: { loss: 1, accuracy: 0.5 }, seconds: 1 });
  await end('c', 'succeeded', 2, { best: best(0.1 + 0.2), bestTest: null, seconds: 1 }, 30);
  await end('d', 'failed', 2, null);
  await end('e', 'cancelled', 4, { best: null, bestTest: null, seconds: 1 });
}, 60_000);
afterAll(async () => api?.stop());

const listed = async (query: string, person = alice): Promise<Page> => {
  const { status, body } = await person.call<Page>('GET', `/v1/runs?${query}`);
  expect({ query, status }).toEqual({ query, status: 200 });
  return body;
};
const names = async (query: string): Promise<string[]> => (await listed(query)).items.map(({ name }) => name);

describe('the list of runs', () => {
  it('is filtered by status, preset, data set and tags', async () => {
    expect(await names('status=succeeded')).toEqual(['c', 'b', 'a']);
    expect(await names('preset=scratch&status=failed')).toEqual(['d']);
    expect(await names('status=failed&status=cancelled')).toEqual(['e', 'd']);
    expect(await names('preset=quick')).toEqual([]);
    expect(await names('dataset=cifar10&limit=100')).toHaveLength(7);
    expect(await names('dataset=other')).toEqual([]);
    expect(await names('tag=ablation')).toEqual(['b', 'a']);
    expect(await names('tag=ablation&tag=cats')).toEqual(['a']);
    expect(await names('tag=ABLATION')).toEqual([]);
  });

  it('is filtered by when runs were made, and by whose companions they are', async () => {
    const { items } = await listed('limit=100');
    const at = encodeURIComponent(items.find(({ name }) => name === 'd')?.createdAt ?? '');
    expect(await names(`createdSince=${at}`)).toEqual(['Étude', 'f', 'e', 'd']);
    expect(await names(`createdBefore=${at}&createdSince=2020-01-01T00:00:00%2B02:00`)).toEqual(['c', 'b', 'a']);
    await api.sql`update run set companion_of = ${ids.get('a') ?? ''}, companion_kind = 'scratch' where id = ${ids.get('f') ?? ''}`;
    expect(await names(`companionOf=${ids.get('a')}`)).toEqual(['f']);
    expect(await names('companionOf=none')).toEqual(['Étude', 'e', 'd', 'c', 'b', 'a']);
    await api.sql`update run set companion_of = null, companion_kind = null`;
  });

  it('is searched in names and notes, as the words stand there', async () => {
    expect(await names('search=%20%C3%A9tude')).toEqual(['Étude', 'b']);
    expect(await names('search=100%25')).toEqual(['a']);
    expect(await names('search=see_also')).toEqual(['a']);
    for (const pattern of ['%25', '_', '%5C']) expect(await names(`search=${pattern}&tag=cats&status=succeeded`)).toEqual(pattern === '%5C' ? [] : ['a']);
    expect(await names('search=s.e')).toEqual([]);
  });

  const byId = (...same: string[]) => same.sort((one, other) => ((ids.get(one) ?? '') < (ids.get(other) ?? '') ? -1 : 1));
  const expected: [string, () => string[]][] = [
    ['', () => ['Étude', 'f', 'e', 'd', 'c', 'b', 'a']],
    ['sort=created&order=asc', () => ['a', 'b', 'c', 'd', 'e', 'f', 'Étude']],
    ['sort=finished', () => ['e', 'a', ...byId('c', 'd').reverse(), 'b', ...byId('f', 'Étude').reverse()]],
    ['sort=finished&order=asc', () => ['b', ...byId('c', 'd'), 'a', 'e', ...byId('f', 'Étude')]],
    ['sort=duration', () => [...byId('a', 'b', 'd', 'e').reverse(), 'c', ...byId('f', 'Étude').reverse()]],
    ['sort=duration&order=asc', () => ['c', ...byId('a', 'b', 'd', 'e'), ...byId('f', 'Étude')]],
    // As people do, not by code points.
    ['sort=name&order=asc', () => ['a', 'b', 'c', 'd', 'e', 'Étude', 'f']],
    ['sort=name', () => ['f', 'Étude', 'e', 'd', 'c', 'b', 'a']],
    ['sort=accuracy', () => ['b', ...byId('a', 'c').reverse(), ...byId('d', 'e', 'f', 'Étude').reverse()]],
    ['sort=accuracy&order=asc', () => [...byId('a', 'c'), 'b', ...byId('d', 'e', 'f', 'Étude')]],
  ];
  it.each(expected)('sorted by "%s" has each run once, whatever the size of its pages', async (query, order) => {
    for (const limit of [1, 2, 3, 100]) {
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Page = await listed(`${query}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor;
      }
      expect({ limit, found }).toEqual({ limit, found: order() });
    }
  });

  it('takes a cursor only where it belongs', async () => {
    const { nextCursor } = await listed('sort=accuracy&limit=1');
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const refused = [
      `sort=accuracy&order=asc&cursor=${nextCursor}`,
      `cursor=${nextCursor}`,
      'cursor=nonsense',
      `cursor=${forged(['created-desc', 1e14 * 9, 'run_x'])}`,
      `cursor=${forged(['created-desc', null, 'run_x'])}`,
      `cursor=${forged(['created-desc', 1, 'a\u0000b'])}`,
      'dataset=a%00b',
      'search=a%00b',
      'tag=a%00b',
      'sort=loss',
      'status=done',
      'createdSince=yesterday',
      'createdSince=0000-01-01T00:00:00Z',
      'companionOf=a%00b',
      'sparkline=yes',
      `sort=name&cursor=${forged(['name-desc', 1, 'run_x'])}`,
      `sort=name&cursor=${forged(['name-desc', 'a\u0000b', 'run_x'])}`,
      `sort=duration&cursor=${forged(['duration-desc', 'a', 'run_x'])}`,
    ];
    for (const query of refused) expect({ query, status: (await alice.call('GET', `/v1/runs?${query}`)).status }).toEqual({ query, status: 422 });
  });
});

describe('tags and notes', () => {
  const change = (body: object, headers: Record<string, string> = {}) => alice.call<RunWithCompanions>('PATCH', `/v1/runs/${ids.get('f')}`, body, headers);

  it('are changed together with the name or one by one', async () => {
    const { body } = await change({ tags: [' one ', 'two', 'one'], notes: 'first\nsecond\t猫' });
    expect(body).toMatchObject({ name: 'f', tags: ['one', 'two'], notes: 'first\nsecond\t猫', edition: 1, companions: [] });
    await change({ tags: [] });
    const read = await alice.call<RunWithCompanions>('GET', `/v1/runs/${ids.get('f')}`);
    expect(read).toMatchObject({ status: 200, body: { tags: [], notes: 'first\nsecond\t猫', edition: 2 } });
    expect((await listed('search=second')).items).toMatchObject([{ name: 'f', tags: [], edition: 2 }]);
  });

  it.each([
    ['21 tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'tags'],
    ['a long tag', { tags: ['x'.repeat(51)] }, 'tags.0'],
    ['a tag of two lines', { tags: ['a\nb'] }, 'tags.0'],
    ['long notes', { notes: 'x'.repeat(10_001) }, 'notes'],
    ['a NUL in notes', { notes: 'a\u0000b' }, 'notes'],
    ['another field', { note: 'x' }, 'note'],
  ])('are bounded: %s', async (_, body, at) => {
    const reply = await alice.call('PATCH', `/v1/runs/${ids.get('f')}`, body);
    expect({ status: reply.status, at: reply.body.errors?.map(({ path }) => path) }).toEqual({ status: 422, at: [at] });
  });

  it('are not overwritten by one who has not seen the last change', async () => {
    const path = `/v1/runs/${ids.get('e')}`;
    const etag = (await alice.call('GET', path)).headers.get('etag') ?? '';
    expect(etag).toBe('"0"');
    // Two have read the same and write at once: one of them hears of it.
    const both = await Promise.all(['mine', 'yours'].map((notes) => alice.call<RunWithCompanions>('PATCH', path, { notes }, { 'if-match': etag })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const won = both.find(({ status }) => status === 200);
    expect(won?.headers.get('etag')).toBe('"1"');
    const late = await alice.call('PATCH', path, { notes: 'late' }, { 'if-match': etag });
    expect(late.body).toMatchObject({ type: 'urn:thaw:problem:precondition-failed', status: 412, detail: expect.stringMatching(/has been changed since.*Read it again/) });
    expect((await alice.call<RunWithCompanions>('GET', path)).body.notes).toBe(won?.body.notes);
    for (const ifMatch of ['"7", "1"', '*']) expect((await alice.call('PATCH', path, { notes: ifMatch }, { 'if-match': ifMatch })).status).toBe(200);
    expect((await alice.call('PATCH', path, { notes: 'weak' }, { 'if-match': 'W/"3"' })).status).toBe(412);
    // Of a run that is not there, nothing can be stale.
    expect((await alice.call('PATCH', '/v1/runs/run_unknown', { notes: '' }, { 'if-match': etag })).status).toBe(404);
  });

  it('make a request with the same Idempotency-Key another one', async () => {
    const headers = { 'idempotency-key': 'tagged' };
    const make = (more: object) => alice.call('POST', '/v1/runs', { ...smallRun, ...more }, headers);
    expect((await make({ tags: ['x'] })).status).toBe(201);
    expect((await make({ tags: ['x'] })).headers.get('idempotent-replay')).toBe('true');
    expect((await make({ tags: ['y'] })).status).toBe(409);
  });
});
