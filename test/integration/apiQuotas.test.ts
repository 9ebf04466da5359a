import type { AuditEvent } from '@thaw/contract/audit';
import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import type { Quota, UserQuota } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import type { Upload } from '@thaw/contract/uploads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, smallRun, startApi, type Api, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

let api: Api;
let alice: Person;
let root: Person;
/** For everyone, by the environment. */
const defaults: Quota = { activeRuns: null, waitingRuns: 4, storageBytes: null, gpuMinutes: null, datasets: null };

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { QUOTA_WAITING_RUNS: '4' } });
  alice = await api.person('alice', ['admin']);
  root = await api.person('root', ['admin'], 'administrator');
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from run`;
  await api.sql`delete from dataset where owner_id is not null`;
  await api.sql`delete from compute_day`;
  await api.sql`delete from quota`;
});

const set = async (own: object, who = alice): Promise<UserQuota> => {
  const { status, body } = await root.call<UserQuota>('PUT', `/v1/users/${who.id}/quota`, own);
  expect(status).toBe(200);
  return body;
};
const create = (more: object = {}, headers: Record<string, string> = {}, who = alice) => who.call<Run & { detail: string }>('POST', '/v1/runs', { ...smallRun, ...more }, headers);
const made = async (more: object = {}, who = alice): Promise<Run> => {
  const { status, body } = await create(more, {}, who);
  expect(status).toBe(201);
  return body;
};
const get = async (id: string) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
const refused = (detail: RegExp) => ({ status: 403, body: { type: 'urn:thaw:problem:quota-exceeded', detail: expect.stringMatching(detail) as unknown } });
const statuses = (replies: { status: number }[]): number[] => replies.map(({ status }) => status).sort();

describe('a quota', () => {
  it("is everyone's, or a person's own, and only administrators change it", async () => {
    const of = (who: Person) => root.call<UserQuota>('GET', `/v1/users/${who.id}/quota`);
    expect((await of(alice)).body).toEqual({ user: alice.id, quota: defaults, own: {}, defaults });
    expect(await set({ waitingRuns: 2, datasets: null })).toEqual({ user: alice.id, quota: { ...defaults, waitingRuns: 2 }, own: { waitingRuns: 2, datasets: null }, defaults });
    // No limit at all for one, and everyone's again for another.
    expect(await set({ waitingRuns: null, gpuMinutes: 0 })).toMatchObject({ quota: { ...defaults, waitingRuns: null, gpuMinutes: 0 }, own: { waitingRuns: null, gpuMinutes: 0 } });
    await set({ waitingRuns: null, gpuMinutes: 0 });
    expect((await of(alice)).body.own).toEqual({ waitingRuns: null, gpuMinutes: 0 });

    const { body } = await alice.call<{ items: AuditEvent[] }>('GET', '/v1/audit');
    const acts = body.items.filter(({ action }) => action === 'quota_changed');
    expect(acts.map(({ actor, subject, details }) => ({ actor, subject, details }))).toEqual([
      { actor: root.id, subject: alice.id, details: { waitingRuns: '2, now no limit', gpuMinutes: 'as for everyone, now 0', datasets: 'no limit, now as for everyone' } },
      { actor: root.id, subject: alice.id, details: { waitingRuns: 'as for everyone, now 2', datasets: 'as for everyone, now no limit' } },
    ]);

    for (const [method, body_] of [['GET', undefined], ['PUT', {}]] as const) {
      expect((await alice.call(method, `/v1/users/${alice.id}/quota`, body_)).status).toBe(403);
      for (const id of ['user_unknown', 'a%00b']) expect((await root.call(method, `/v1/users/${id}/quota`, body_)).status).toBe(404);
    }
    for (const wrong of [{ runs: 3 }, { waitingRuns: -1 }, { waitingRuns: 1.5 }, { waitingRuns: '3' }, { storageBytes: 1e300 }])
      expect((await root.call('PUT', `/v1/users/${alice.id}/quota`, wrong)).status).toBe(422);
  });
});

describe('runs that wait', () => {
  it('are no more than the quota, also when many are launched at once', async () => {
    expect(statuses(await Promise.all(Array.from({ length: 7 }, () => create())))).toEqual([201, 201, 201, 201, 403, 403, 403]);
    expect(await create()).toMatchObject(refused(/^You may have 4 runs waiting; 4 are, and this would be one more\. .*cancel some, or ask an administrator/));
    // One that a worker has does not wait.
    await claim(api);
    expect((await create()).status).toBe(201);
    const bob = await api.person('bob');
    expect((await create({}, {}, bob)).status).toBe(201);
  });

  it('count with their companions, of which none is made alone', async () => {
    await set({ waitingRuns: 2 });
    const wanted = { companions: ['linear_probe'], model: { weights: 'none' } };
    await made();
    expect(await create(wanted)).toMatchObject(refused(/1 are, and this would be 2 more, its companions included/));
    expect(await api.sql`select id from run`).toHaveLength(1);
    await api.sql`delete from run`;
    expect((await create(wanted)).status).toBe(201);
  });

  it('are not launched again by a request that is repeated: it needs no room', async () => {
    await set({ waitingRuns: 1 });
    const headers = { 'idempotency-key': 'once' };
    const replies = await Promise.all([1, 2, 3].map(() => create({}, headers)));
    expect(statuses(replies)).toEqual([201, 201, 201]);
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  });

  it('hold for what is resumed and cloned too', async () => {
    await set({ waitingRuns: 1 });
    const { id } = await made();
    await alice.call('POST', `/v1/runs/${id}/cancel`);
    await made();
    expect(await alice.call('POST', `/v1/runs/${id}/resume`)).toMatchObject(refused(/You may have 1 run waiting/));
    expect((await get(id)).status).toBe('cancelled');
    expect(await alice.call('POST', `/v1/runs/${id}/clone`, {})).toMatchObject(refused(/You may have 1 run waiting/));
    expect((await alice.call('POST', '/v1/runs/run_unknown/resume')).status).toBe(404);
  });
});

describe('active runs', () => {
  it('beyond the quota wait, and say so, until there is room', async () => {
    await set({ activeRuns: 1 });
    const [first, second] = [await made(), await made()];
    const attempt = await claim(api);
    expect(attempt?.ticket.run).toBe(first.id);
    expect(await claim(api)).toBeNull();
    expect(await claim(api, second.id)).toBeNull();
    expect(await get(second.id)).toMatchObject({ status: 'queued', waitsFor: 'activeRuns', queuePosition: 1 });
    await set({ activeRuns: 2 });
    expect(await get(second.id)).toMatchObject({ waitsFor: 'worker' });
    expect((await claim(api))?.ticket.run).toBe(second.id);
    await set({ activeRuns: 0 });
    const third = await made();
    expect(await claim(api)).toBeNull();
    expect(await get(third.id)).toMatchObject({ waitsFor: 'activeRuns' });
  });
});

describe('GPU minutes', () => {
  const spend = (minutes: number, day = api.sql`(now() at time zone 'UTC')::date`) =>
    api.sql`insert into compute_day (owner_id, day, device, seconds) values (${alice.id}, ${day}, 'gpu', ${60 * minutes})`;

  it('that are used up stop new runs, and what waits, but not what has begun', async () => {
    await set({ gpuMinutes: 10 });
    const [begun, waiting] = [await made(), await made()];
    const attempt = await claim(api, begun.id, 'gpu');
    // Together with those of the run that is under way they are enough.
    await spend(6);
    await api.sql`update attempt set started_at = now() - interval '5 minutes'`;
    const inMonth = await api.sql<{ yes: boolean }[]>`select date_trunc('month', (now() - interval '5 minutes') at time zone 'UTC') = date_trunc('month', now() at time zone 'UTC') as yes`;
    if (!inMonth[0]?.yes) await spend(5, api.sql`(now() at time zone 'UTC')::date + 1`);
    expect(await create()).toMatchObject(refused(/^Your GPU minutes of \d{4}-\d\d are used up: 11 of 10\. .*under way go on.* from \d{4}-\d\d-01 \(UTC\) on, or ask/));
    expect(await get(waiting.id)).toMatchObject({ status: 'queued', waitsFor: 'gpuMinutes' });
    expect(await claim(api, undefined, 'gpu')).toBeNull();
    expect((await attempt?.heartbeat())?.body).toEqual({ action: 'continue' });
    // Its worker had to go: another one goes on with it.
    await attempt?.finish('stopped');
    expect((await claim(api, undefined, 'gpu'))?.ticket.run).toBe(begun.id);
    // A CPU takes nothing of what is used up.
    expect((await claim(api))?.ticket.run).toBe(waiting.id);
  });

  it('of other months, and on CPUs, do not count', async () => {
    await set({ gpuMinutes: 10 });
    await spend(1000, api.sql`(date_trunc('month', now() at time zone 'UTC') - interval '1 day')::date`);
    await api.sql`insert into compute_day (owner_id, day, device, seconds) values (${alice.id}, (now() at time zone 'UTC')::date, 'cpu', 1e6)`;
    await made();
    expect(await claim(api, undefined, 'gpu')).not.toBeNull();
  });
});

describe('storage', () => {
  const upload = async (bytes: number, dataset?: string) => {
    const id = dataset ?? (await alice.call<Dataset>('POST', '/v1/datasets', { name: 'pets' })).body.id;
    return alice.call<Upload>('POST', `/v1/datasets/${id}/uploads`, { fileName: 'pets.zip', bytes });
  };

  it('is left for uploads, of which two at once do not both take what is left for one', async () => {
    await set({ storageBytes: 100 * 2 ** 20 });
    const { id } = (await alice.call<Dataset>('POST', '/v1/datasets', { name: 'pets' })).body;
    expect(statuses(await Promise.all([1, 2, 3].map(() => upload(60 * 2 ** 20, id))))).toEqual([201, 403, 403]);
    expect(await upload(2 ** 20 * 40 + 1)).toMatchObject(refused(/^You may store 100 MiB; 60 MiB are in use, and this file has 40 MiB\. Delete runs, data sets or uploads/));
    expect((await upload(2 ** 20 * 40)).status).toBe(201);
    expect(await create()).toMatchObject(refused(/100 MiB are in use, and a run stores checkpoints/));
    const { body } = await alice.call<{ items: Upload[] }>('GET', '/v1/uploads');
    for (const one of body.items) expect((await alice.call('DELETE', `/v1/uploads/${one.id}`)).status).toBe(204);
    await made();
  });

  it('is looked at again when an upload is completed', async () => {
    const { body } = await upload(10);
    await set({ storageBytes: 9 });
    expect(await alice.call('POST', `/v1/uploads/${body.id}/complete`, {})).toMatchObject(refused(/^You may store 9 bytes; 10 bytes are in use\. Delete/));
  });

  it('must hold what an import makes; else it ends, in words, and its worker is told to drop it', async () => {
    const target = await uploadedDataset(api, alice);
    const ingest = await claimIngest(api, target);
    await set({ storageBytes: 50_000 });
    const place = (name: string, bytes: number) => ingest?.post('uploads', { name, bytes });
    // The archive goes when it is imported: it takes no room. What was asked for before does, once.
    expect((await place('train.safetensors', 40_000))?.status).toBe(200);
    expect((await place('train.safetensors', 30_000))?.status).toBe(200);
    expect((await place('val.safetensors', 20_000))?.status).toBe(200);
    expect(await place('test.safetensors', 1)).toMatchObject({ status: 409, body: { type: 'urn:thaw:problem:stale-attempt' } });
    const version = await alice.call<DatasetVersion>('GET', `/v1/datasets/${target.dataset}/versions/${target.version}`);
    expect(version.body).toMatchObject({ status: 'failed', failure: { code: 'quota_exceeded', message: expect.stringMatching(/^You may store 48\.8 KiB, of which nothing is left, and test\.safetensors/) } });
    expect((await ingest?.heartbeat())?.status).toBe(409);
  });

  it('stays as it is where a limit falls below it: what is there can be used and deleted', async () => {
    const target = await uploadedDataset(api, alice);
    expect((await (await claimIngest(api, target))?.complete(petImages()))?.status).toBe(204);
    await set({ storageBytes: 1 });
    expect((await alice.call('GET', `/v1/datasets/${target.dataset}/images`)).status).toBe(200);
    const edit = { edits: { exclude: [{ split: 'train', row: 0 }] } };
    expect(await alice.call('POST', `/v1/datasets/${target.dataset}/versions`, edit)).toMatchObject(refused(/a new version takes room/));
    // What belongs to nobody or to someone else is not there, whatever the quota.
    expect((await alice.call('POST', '/v1/datasets/cifar10/versions', edit)).status).toBe(404);
    expect((await alice.call('DELETE', `/v1/datasets/${target.dataset}`)).status).toBe(204);
  });
});

describe('data sets', () => {
  it('are no more than the quota, built-in ones not counted', async () => {
    await set({ datasets: 2 });
    const make = () => alice.call<Dataset>('POST', '/v1/datasets', { name: 'pets' });
    expect(statuses(await Promise.all([1, 2, 3, 4].map(make)))).toEqual([201, 201, 403, 403]);
    expect(await make()).toMatchObject(refused(/^You may have 2 data sets, and 2 are there\. Delete one/));
  });
});
