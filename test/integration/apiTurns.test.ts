import { runQueue } from '@thaw/api/dispatch/runQueue';
import { ingestQueue } from '@thaw/api/dispatch/ingestQueue';
import { createLog } from '@thaw/api/log';
import { noLimits, type Quota } from '@thaw/contract/quotas';
import type { Run, RunWithCompanions } from '@thaw/contract/runs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, smallRun, startApi, type Api, type Person } from './apiHarness.ts';
import { claimIngest, uploadedDataset } from './ingestByHand.ts';

const log = createLog('test', 'silent');
let api: Api;
let people: [Person, Person, Person];
let alice: Person;
let bob: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  people = [await api.person('alice'), await api.person('bob'), await api.person('carol')];
  [alice, bob] = people;
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from run`;
  await api.sql`delete from dataset where owner_id is not null`;
  await api.sql`delete from quota`;
});

const create = async (who: Person, more: object = {}): Promise<string> => {
  const { status, body } = await who.call<Run>('POST', '/v1/runs', { ...smallRun, ...more });
  expect(status).toBe(201);
  return body.id;
};
const get = async (id: string, who = alice) => (await who.call<RunWithCompanions>('GET', `/v1/runs/${id}`)).body;
const claimed = async (): Promise<string | null> => (await claim(api))?.ticket.run ?? null;
const launch = (covered: number, limit: number, quota: Partial<Quota> = {}) => runQueue({ db: api.db, log, settings: { quota: { ...noLimits, ...quota } } }).markLaunching({ covered, limit });

describe('between owners', () => {
  it('whoever has fewest active runs comes first, whatever the age and priority of the runs', async () => {
    const a = [await create(alice), await create(alice, { priority: 100 }), await create(alice)];
    const b = [await create(bob), await create(bob, { priority: -100 })];
    const order = [a[1], b[0], a[0], b[1], a[2]];
    for (const expected of order) expect(await claimed()).toBe(expected);
    expect(await claimed()).toBeNull();
  });

  it('one worker serves them in turn', async () => {
    const a = [await create(alice), await create(alice), await create(alice)];
    const b = [await create(bob), await create(bob)];
    const served: (string | undefined)[] = [];
    for (let n = 0; n < 5; n++) {
      const attempt = await claim(api);
      served.push(attempt?.ticket.run);
      await attempt?.finish('succeeded');
    }
    // Alice's first run was there first; from then on nobody is served twice in a row.
    expect(served).toEqual([a[0], b[0], a[1], b[1], a[2]]);
  });

  it('many workers at once serve all alike', async () => {
    for (let n = 0; n < 6; n++) await create(alice);
    for (let n = 0; n < 6; n++) await create(bob);
    await Promise.all(Array.from({ length: 6 }, () => claim(api)));
    expect(await api.sql`select owner_id, count(*)::int as runs from run where status = 'running' group by 1 order by 2`).toMatchObject([{ runs: 3 }, { runs: 3 }]);
  });

  it('imports go in turn as well', async () => {
    for (const who of [alice, alice, alice, bob]) await uploadedDataset(api, who);
    const owners = async () => (await api.sql<{ owner: string }[]>`select owner_id as owner from dataset where id in (select dataset_id from dataset_version where status in ('importing', 'launching'))`).map(({ owner }) => owner).sort();
    const chosen = await ingestQueue({ db: api.db, log }).markLaunching({ covered: 0, limit: 2 });
    expect(chosen).toHaveLength(2);
    expect(await owners()).toEqual([alice.id, bob.id].sort());
    await api.sql`update dataset_version set status = 'queued', launched_at = null where status = 'launching'`;
    await claimIngest(api);
    const second = await claimIngest(api);
    expect(await owners()).toEqual([alice.id, bob.id].sort());
    await second?.fail('invalid_archive');
    expect(await claimIngest(api)).not.toBeNull();
    expect(await owners()).toEqual([alice.id, alice.id]);
  });
});

describe('a place in the queue', () => {
  it('is that in which runs are launched and taken, with priorities, pauses, limits and active runs of several owners', async () => {
    // The same draws each time.
    let state = 7;
    const draw = (below: number): number => ((state = (state * 48_271) % (2 ** 31 - 1)) >>> 8) % below;
    for (let round = 0; round < 3; round++) {
      const made: string[] = [];
      for (let n = 12 + draw(6); n > 0; n--) made.push(await create(people[draw(3)] ?? alice, { priority: draw(3) - 1 }));
      // As if others had been there before: some have more active runs than others.
      for (const id of made.slice(0, 5)) await claim(api, id);
      await api.sql`update run set available_at = now() + interval '1 hour' where id in (select id from run where status = 'queued' order by created_at offset ${draw(4)} limit ${draw(4)})`;
      const limit = 1 + draw(4);
      await api.sql`insert into quota (owner_id, active_runs) values (${people[draw(3)]?.id ?? ''}, ${limit}) on conflict (owner_id) do update set active_runs = excluded.active_runs`;

      const shown = (await Promise.all(people.map(async (who) => (await who.call<{ items: Run[] }>('GET', '/v1/runs?status=queued&limit=100')).body.items))).flat();
      const places = new Map(shown.map(({ id, queuePosition, waitsFor }) => [id, { queuePosition, waitsFor }]));
      const ready = shown.filter(({ waitsFor }) => waitsFor === 'worker').sort((one, other) => (one.queuePosition ?? 0) - (other.queuePosition ?? 0));
      expect(ready.map(({ queuePosition }) => queuePosition)).toEqual(ready.map((_, index) => index + 1));
      for (const { waitsFor, queuePosition } of places.values()) if (waitsFor !== 'worker') expect(queuePosition).toBeGreaterThan(ready.length);

      const order = ready.map(({ id }) => id);
      // Two idle workers will take the first.
      expect(await launch(2, 100)).toEqual(order.slice(2));
      const taken: (string | null)[] = [];
      for (let id = await claimed(); id !== null; id = await claimed()) taken.push(id);
      expect(taken).toEqual(order);
      await api.sql`delete from run`;
    }
  });

  it('is behind those who have not been served in the same round', async () => {
    const b = [await create(bob), await create(bob)];
    const a = [await create(alice), await create(alice)];
    await claim(api, a[0]);
    const order = [b[0], a[1], b[1]];
    expect([await get(b[0] ?? '', bob), await get(a[1] ?? ''), await get(b[1] ?? '', bob)].map(({ queuePosition }) => queuePosition)).toEqual([1, 2, 3]);
    expect(await launch(0, 10)).toEqual(order);
    expect([await claimed(), await claimed(), await claimed()]).toEqual(order);
  });

  it('is shown with a run, in lists and to those who follow it, and is nothing to runs that do not wait', async () => {
    const [first, second] = [await create(alice), await create(alice)];
    const others = await create(bob);
    expect(await get(second)).toMatchObject({ queuePosition: 3, waitsFor: 'worker' });
    expect(await get(others, bob)).toMatchObject({ queuePosition: 2 });
    const followed = async () => (await alice.call<{ messages: { data: unknown }[] }>('GET', `/v1/runs/${second}/updates`)).body.messages[0]?.data;
    expect(await followed()).toMatchObject({ id: second, queuePosition: 3 });
    expect(await claimed()).toBe(first);
    const { items } = (await alice.call<{ items: Run[] }>('GET', '/v1/runs')).body;
    expect(items.map(({ id, queuePosition, waitsFor }) => ({ id, queuePosition, waitsFor }))).toEqual([
      { id: second, queuePosition: 2, waitsFor: 'worker' },
      { id: first, queuePosition: null, waitsFor: null },
    ]);
    expect(await followed()).toMatchObject({ queuePosition: 2 });
    await alice.call('POST', `/v1/runs/${second}/cancel`);
    expect(await get(second)).toMatchObject({ status: 'cancelled', queuePosition: null, waitsFor: null });
  });

  it('changes with the priority, which can be changed while a run waits', async () => {
    const [first, second] = [await create(alice), await create(alice)];
    const change = (id: string, priority: number) => alice.call<RunWithCompanions & { detail: string }>('PATCH', `/v1/runs/${id}`, { priority });
    expect(await change(second, 5)).toMatchObject({ status: 200, body: { priority: 5, queuePosition: 1, edition: 1 } });
    expect(await get(first)).toMatchObject({ queuePosition: 2 });
    expect(await claimed()).toBe(second);
    expect(await change(second, 6)).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/is running: a priority only matters while it waits/) } });
    // The same again is no change.
    expect((await change(second, 5)).status).toBe(200);
    expect((await change(first, 101)).status).toBe(422);
  });

  it('of a run that pauses comes behind those that can be taken', async () => {
    const [paused, other] = [await create(alice, { priority: 5 }), await create(alice)];
    await (await claim(api, paused))?.finish('failed', { code: 'storage_unavailable' });
    expect(await get(paused)).toMatchObject({ status: 'queued', waitsFor: 'pause', queuePosition: 2 });
    expect(await get(other)).toMatchObject({ waitsFor: 'worker', queuePosition: 1 });
    await api.sql`update run set available_at = now() where id = ${paused}`;
    expect(await get(paused)).toMatchObject({ waitsFor: 'worker', queuePosition: 1 });
  });
});
