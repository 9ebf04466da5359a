import type { Dataset } from '@thaw/contract/datasets';
import type { Run } from '@thaw/contract/runs';
import type { Usage, UserUsage } from '@thaw/contract/usage';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { smallEvaluation } from '../../workers/gpu/test/fixtures/smallEvaluation.ts';
import { smallPredictions } from '../../workers/gpu/test/fixtures/smallPredictions.ts';
import { anyStorage, claim, epochOf, smallRun, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

let api: Api;
let alice: Person;
let bob: Person;
let root: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  [alice, bob, root] = [await api.person('alice', ['runs', 'datasets']), await api.person('bob'), await api.person('root', ['admin'], 'administrator')];
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from run`;
  await api.sql`delete from dataset where owner_id is not null`;
  await api.sql`delete from compute_day`;
});

const usage = async (who = alice): Promise<Usage> => {
  const { status, body } = await who.call<Usage>('GET', '/v1/usage');
  expect(status).toBe(200);
  return body;
};
const begin = async (device: 'cpu' | 'gpu'): Promise<Attempt> => {
  const { body } = await alice.call<Run>('POST', '/v1/runs', smallRun);
  const attempt = await claim(api, body.id, device);
  if (attempt === null) throw new Error('no run to claim');
  return attempt;
};
/** As if the attempts under way had begun then, in UTC. */
const begunAt = (run: string, moment: string) => api.sql`update attempt set started_at = ${moment}::timestamptz where run_id = ${run}`;
const today = new Date().toISOString().slice(0, 10);

describe('compute time', () => {
  it('counts by device and day, while a run goes on and after it is deleted', async () => {
    const [gpu, cpu] = [await begin('gpu'), await begin('cpu')];
    // From a second before midnight, in UTC: of the day before it is one second, where that is in this month.
    await begunAt(gpu.ticket.run, `${new Date(Date.parse(today) - 1000).toISOString()}`);
    await begunAt(cpu.ticket.run, new Date(Date.now() - 6 * 60_000).toISOString());
    const midnight = (Date.now() - Date.parse(today)) / 60_000;
    const before = await usage();
    expect(before).toMatchObject({ month: today.slice(0, 7), runs: { running: 2, queued: 0, succeeded: 0 } });
    const day = before.days.find((one) => one.day === today);
    expect(Math.abs((day?.gpuMinutes ?? 0) - midnight)).toBeLessThan(0.2);
    const yesterday = new Date(Date.parse(today) - 1).toISOString().slice(0, 10);
    if (yesterday.slice(0, 7) === today.slice(0, 7)) expect(before.days).toContainEqual(expect.objectContaining({ day: yesterday, gpuMinutes: 0.02 }));
    expect(before.days.reduce((sum, { gpuMinutes }) => sum + gpuMinutes, 0)).toBeCloseTo(before.gpuMinutes, 1);
    expect(before.cpuMinutes).toBeGreaterThan(Math.min(5.9, midnight - 0.1));
    expect(before.cpuMinutes).toBeLessThan(6.5);

    await gpu.finish('failed', { code: 'diverged' });
    await cpu.finish('stopped');
    for (const { ticket } of [gpu, cpu]) {
      await alice.call('POST', `/v1/runs/${ticket.run}/cancel`);
      expect((await alice.call('DELETE', `/v1/runs/${ticket.run}`)).status).toBe(204);
    }
    const after = await usage();
    expect(after.gpuMinutes - before.gpuMinutes).toBeLessThan(0.3);
    expect(after.gpuMinutes).toBeGreaterThanOrEqual(before.gpuMinutes);
    expect(after.cpuMinutes).toBeGreaterThanOrEqual(before.cpuMinutes);
    expect((await usage(bob)).days).toEqual([]);
  });

  it('of several attempts of a day adds up', async () => {
    const first = await begin('gpu');
    const since = new Date(Math.max(Date.parse(today), Date.now() - 120_000));
    await begunAt(first.ticket.run, since.toISOString());
    await first.finish('stopped');
    const second = await claim(api, first.ticket.run, 'gpu');
    await api.sql`update attempt set started_at = ${since.toISOString()}::timestamptz where run_id = ${first.ticket.run} and number = 2`;
    await second?.finish('failed', { code: 'diverged' });
    const minutes = (Date.now() - since.getTime()) / 60_000;
    expect(Math.abs((await usage()).gpuMinutes - 2 * minutes)).toBeLessThan(0.3);
  });
});

describe('storage', () => {
  it('is that of all that belongs to a person, by kind, and goes with it', async () => {
    const attempt = await begin('cpu');
    const { run } = attempt.ticket;
    await attempt.events(0, [started(), ...epochOf(1)]);
    await attempt.checkpoint(1, 3);
    const file = async (kind: string, name: string, content: string | Buffer<ArrayBuffer>) => ({ name, key: await attempt.upload({ kind, name }, content), bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') });
    const judged = JSON.stringify(smallEvaluation);
    const curves = [await file('curve', 'iterations.csv', 'x'.repeat(100)), await file('curve', 'epochs.csv', 'y'.repeat(10))];
    const predictions = await file('predictions', 'predictions.safetensors', smallPredictions);
    await attempt.finish('succeeded', { curves, evaluation: { ...(await file('evaluation', 'evaluation.json', judged)), predictions } });
    const evaluations = judged.length + smallPredictions.length;
    const checkpoints = ['model', 'state'].reduce((sum, name) => sum + `${name}.safetensors of ${run} attempt 1 step 3`.length, 0);

    const made = (await alice.call<Dataset>('POST', '/v1/datasets', { name: 'pets' })).body;
    await alice.call('POST', `/v1/datasets/${made.id}/uploads`, { fileName: 'pets.zip', bytes: 12_345 });
    const target = await uploadedDataset(api, alice);
    const [archive] = await api.sql<{ bytes: number }[]>`select bytes::int from upload where dataset_id = ${target.dataset}`;
    const stored = async () => (await usage()).storage;
    expect(await stored()).toEqual({ datasets: 0, uploads: 12_345 + (archive?.bytes ?? 0), checkpoints, curves: 110, evaluations, exports: 0, weights: 0 });

    // Once it is imported, what came of the archive counts instead.
    await (await claimIngest(api, target))?.complete(petImages());
    const [version] = await api.sql<{ bytes: number; files: number }[]>`
      select bytes::int, ((manifest #>> '{packs,0,bytes}')::int + (manifest #>> '{packs,1,bytes}')::int + (images ->> 'bytes')::int) as files from dataset_version where dataset_id = ${target.dataset}`;
    expect(version?.bytes).toBe(version?.files);
    expect(await stored()).toMatchObject({ datasets: version?.bytes, uploads: 12_345 });
    expect((await usage()).quota).toMatchObject({ datasets: { limit: null, used: 2, left: null }, waitingRuns: { limit: 1000, used: 0, left: 1000 }, storageBytes: { used: 12_345 + (version?.bytes ?? 0) + checkpoints + 110 + evaluations } });

    await alice.call('DELETE', `/v1/runs/${run}`);
    for (const id of [made.id, target.dataset]) await alice.call('DELETE', `/v1/datasets/${id}`);
    expect(await stored()).toEqual({ datasets: 0, uploads: 0, checkpoints: 0, curves: 0, evaluations: 0, exports: 0, weights: 0 });
  });

  it('has copies of checkpoints that runs start from, each once, and archives that can be tried again', async () => {
    const attempt = await begin('cpu');
    await attempt.events(0, [started(), ...epochOf(1)]);
    await attempt.checkpoint(1, 3);
    const from = { ...smallRun, model: { weights: { run: attempt.ticket.run, epoch: 1 } } };
    for (let n = 0; n < 2; n++) expect((await alice.call('POST', '/v1/runs', from)).status).toBe(201);
    expect((await usage()).storage.weights).toBe(`model.safetensors of ${attempt.ticket.run} attempt 1 step 3`.length);
    await api.sql`update dataset_version set status = 'failed', finished_at = now(), failure = '{"code": "disk_full", "message": ""}' where dataset_id = ${(await uploadedDataset(api, alice)).dataset}`;
    expect((await usage()).storage.uploads).toBeGreaterThan(0);
    await api.sql`update dataset_version set failure = '{"code": "invalid_archive", "message": ""}' where status = 'failed'`;
    expect((await usage()).storage.uploads).toBe(0);
  });
});

describe('what everyone uses', () => {
  it('is shown to administrators, page by page, and nobody else', async () => {
    await begin('gpu');
    await alice.call('POST', '/v1/runs', smallRun);
    await root.call('PUT', `/v1/users/${bob.id}/quota`, { gpuMinutes: 60 });
    const all: UserUsage[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: UserUsage[]; nextCursor: string | null } = (await root.call<{ items: UserUsage[]; nextCursor: string | null }>('GET', `/v1/usage/users?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)).body;
      expect(page.items).toHaveLength(1);
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    const of = (who: Person) => all.find(({ user }) => user.id === who.id);
    expect(new Set(all.map(({ user }) => user.id)).size).toBe(all.length);
    expect(of(alice)).toMatchObject({ user: { name: 'alice', email: 'alice@example.org' }, runs: { running: 1, queued: 1, succeeded: 0 }, quota: { gpuMinutes: null, waitingRuns: 1000 } });
    expect(of(bob)).toMatchObject({ runs: { running: 0 }, gpuMinutes: 0, storageBytes: 0, datasets: 0, quota: { gpuMinutes: 60 } });
    expect((await root.call<Usage>('GET', `/v1/users/${alice.id}/usage`)).body).toMatchObject({ runs: { running: 1 } });
    expect((await root.call('GET', '/v1/users/user_unknown/usage')).status).toBe(404);
    for (const path of ['/v1/usage/users', `/v1/users/${alice.id}/usage`]) expect((await alice.call('GET', path)).status).toBe(403);
    expect((await root.call('GET', '/v1/usage/users?cursor=a%00b')).status).toBe(422);
  });
});
