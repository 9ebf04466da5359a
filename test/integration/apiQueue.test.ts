import { runQueue } from '@thaw/api/dispatch/runQueue';
import { createLog } from '@thaw/api/log';
import { importWeights } from '@thaw/api/weights/importWeights';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import type { WorkerInfo } from '@thaw/contract/worker';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochOf, smallRun, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';

const log = createLog('test', 'silent');
let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice');
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from run`;
});

const create = async (more: object = {}, headers: Record<string, string> = {}) => {
  const { status, body } = await alice.call<Run>('POST', '/v1/runs', { ...smallRun, ...more }, headers);
  expect(status).toBe(201);
  return body;
};
const get = async (id: string) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
const must = async (run?: string): Promise<Attempt> => {
  const attempt = await claim(api, run);
  if (attempt === null) throw new Error('no run to claim');
  return attempt;
};
const loseWorker = async (id: string) => {
  await api.sql`update run set lease_expires_at = now() - interval '1 second' where id = ${id}`;
  await runQueue({ db: api.db, log, settings: { quota: noLimits } }).expireLeases();
};
const skipPause = (id: string) => api.sql`update run set available_at = now() where id = ${id}`;

describe('the queue', () => {
  it('gives each run once when eight workers ask at the same time', async () => {
    const runs = await Promise.all([create(), create(), create()]);
    const tickets = (await Promise.all(Array.from({ length: 8 }, () => claim(api)))).filter((ticket) => ticket !== null);
    expect(tickets.map(({ ticket }) => ticket.run).sort()).toEqual(runs.map(({ id }) => id).sort());
    expect(new Set(tickets.map(({ ticket }) => ticket.attemptToken)).size).toBe(3);
  });

  it('gives the most urgent run first, then the oldest', async () => {
    const [late, early, urgent] = [await create(), await create(), await create({ priority: 5 })];
    await api.sql`update run set created_at = now() - interval '1 hour' where id = ${early.id}`;
    expect([(await must()).ticket.run, (await must()).ticket.run, (await must()).ticket.run]).toEqual([urgent.id, early.id, late.id]);
  });

  it('gives a worker that was launched for a run no other one', async () => {
    const [, wanted] = [await create(), await create()];
    expect((await must(wanted.id)).ticket.run).toBe(wanted.id);
    expect(await claim(api, wanted.id)).toBeNull();
    expect(await claim(api, 'a\u0000b')).toBeNull();
  });

  it('shows workers, and whose run they work on only to its owner', async () => {
    const { id } = await create();
    await must(id);
    const bob = await api.person('bob');
    const workersOf = async (person: Person) => (await person.call<{ items: WorkerInfo[] }>('GET', '/v1/workers')).body.items;
    expect(await workersOf(alice)).toMatchObject([{ name: 'hand', busy: true, run: id }]);
    expect(await workersOf(bob)).toMatchObject([{ name: 'hand', busy: true, run: null }]);
  });
});

describe('creating a run', () => {
  it('makes one run of two requests with the same Idempotency-Key, also at the same time', async () => {
    const headers = { 'idempotency-key': 'launch-1' };
    const made = await Promise.all(Array.from({ length: 4 }, () => create({}, headers)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    // The same with a default spelled out and its fields in another order.
    const again = await alice.call<Run>('POST', '/v1/runs', { schedule: smallRun.schedule, data: { batchSize: 64, monitor: 'test' }, seed: 0, preset: 'scratch' }, headers);
    expect(again).toMatchObject({ status: 201, body: { id: made[0]?.id } });
    expect(again.headers.get('idempotent-replay')).toBe('true');
    const other = await alice.call('POST', '/v1/runs', { ...smallRun, seed: 1 }, headers);
    expect(other).toMatchObject({ status: 409, body: { type: 'urn:thaw:problem:conflict' } });
    const bob = await api.person('bob');
    expect((await bob.call<Run>('POST', '/v1/runs', smallRun, headers)).body.id).not.toBe(made[0]?.id);
  });

  it.each([
    [{ schedule: { epoch: 3 } }, 'schedule.epoch'],
    [{ colour: 'red' }, 'colour'],
    [{ preset: 'fast' }, 'preset'],
    [{ schedule: { epochs: 1e9 } }, 'schedule.epochs'],
    [{ optimizer: { learningRate: -1 } }, 'optimizer.learningRate'],
    [{ data: { dataset: 'nowhere' } }, 'data.dataset'],
    [{ data: { dataset: 'a\u0000b' } }, 'data.dataset'],
    [{ data: { batchSize: 201 } }, 'data.batchSize'],
    [{ data: { batchSize: 64, monitor: 'val', valFraction: 0.7 } }, 'data.batchSize'],
    [{ data: { trainLimit: 9 } }, 'data.trainLimit'],
    [{ data: { testLimit: 9 } }, 'data.testLimit'],
    [{ name: 'a\u0000b' }, 'name'],
    [{ priority: 1000 }, 'priority'],
    [{ model: { weights: { run: 'run_unknown', epoch: 1 } } }, 'model.weights'],
    [{ model: { weights: { run: 'a\u0000b', epoch: 1 } } }, 'model.weights'],
  ])('refuses %j and names the field', async (change, at) => {
    const merged = { ...smallRun, ...change, ...('data' in change && { data: { ...smallRun.data, ...change.data } }) };
    const { status, body } = await alice.call('POST', '/v1/runs', merged);
    expect({ status, type: body.type, at: body.errors?.map(({ path: field }) => field) }).toEqual({ status: 422, type: 'urn:thaw:problem:validation-failed', at: [at] });
  });

  it('says how to provide the ImageNet weights where there are none, and takes them from a file', async () => {
    const wanted = { ...smallRun, preset: 'tutorial', schedule: {} };
    const { status, body } = await alice.call('POST', '/v1/runs', wanted);
    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: [{ path: 'model.weights', message: expect.stringMatching(/resnet18-f37072fd\.pth.*THAW_RESNET18_WEIGHTS=<file>/) }] });

    const file = path.join(api.servers.folder, 'resnet18.pth');
    writeFileSync(file, 'weights, of a kind');
    await Promise.all([importWeights(api, { backbone: 'resnet18', file }), importWeights(api, { backbone: 'resnet18', file })]);
    const { body: run } = await alice.call<Run>('POST', '/v1/runs', wanted);
    const ticketed = (await must(run.id)).ticket.weights;
    expect(await (await fetch(ticketed?.url ?? '')).text()).toBe('weights, of a kind');

    const deeper = { ...wanted, model: { backbone: 'resnet34' } };
    const refused = await alice.call('POST', '/v1/runs', deeper);
    const bothWays = /of ResNet34 are not here.*THAW_RESNET34_WEIGHTS=download.*resnet34-b627a593\.pth.*THAW_RESNET34_WEIGHTS=<file>/;
    expect({ status: refused.status, errors: refused.body.errors }).toEqual({ status: 422, errors: [{ path: 'model.weights', message: expect.stringMatching(bothWays) }] });
    const deeperFile = path.join(api.servers.folder, 'resnet34.pth');
    writeFileSync(deeperFile, 'weights of a deeper kind');
    await importWeights(api, { backbone: 'resnet34', file: deeperFile });
    for (const [recipe, content] of [[deeper, 'weights of a deeper kind'], [wanted, 'weights, of a kind']] as const) {
      const made = await alice.call<Run>('POST', '/v1/runs', recipe);
      expect(await (await fetch((await must(made.body.id)).ticket.weights?.url ?? '')).text()).toBe(content);
    }
    // As they were named before there were several backbones.
    await api.sql`update weights set name = 'imagenet1k_v1' where name = 'resnet18/imagenet1k_v1'`;
    expect((await alice.call('POST', '/v1/runs', wanted)).status).toBe(422);
    await api.sql.file(path.join(import.meta.dirname, '../../db/migrations/0003_imagenet_weights_by_backbone.sql'));
    expect((await alice.call('POST', '/v1/runs', wanted)).status).toBe(201);
    await api.sql`delete from run`;
    await api.sql`delete from weights`;
  });

  it('lists runs page by page while more are added', async () => {
    const made = [await create(), await create(), await create()];
    type Page = { items: Run[]; nextCursor: string | null };
    const first = (await alice.call<Page>('GET', '/v1/runs?limit=2')).body;
    await create();
    const second = (await alice.call<Page>('GET', `/v1/runs?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
    expect(second.nextCursor).toBeNull();
    expect((await alice.call('GET', '/v1/runs?cursor=nonsense')).status).toBe(422);
    expect((await alice.call<Page>('GET', '/v1/runs?status=running')).body.items).toEqual([]);
  });

  it('renames a run', async () => {
    const { id } = await create();
    expect((await alice.call<Run>('PATCH', `/v1/runs/${id}`, { name: ' new name ' })).body.name).toBe('new name');
    expect((await alice.call('PATCH', `/v1/runs/${id}`, { status: 'succeeded' })).status).toBe(422);
  });
});

describe('cancelling', () => {
  const cancel = (id: string) => alice.call<Run>('POST', `/v1/runs/${id}/cancel`);

  it('ends a queued run, which then never starts', async () => {
    const { id } = await create();
    expect((await cancel(id)).body.status).toBe('cancelled');
    expect(await claim(api)).toBeNull();
    expect(await cancel(id)).toMatchObject({ status: 409 });
  });

  it('ends a launching run; its worker finds nothing', async () => {
    const { id } = await create();
    await api.sql`update run set status = 'launching', launched_at = now() where id = ${id}`;
    expect((await cancel(id)).body.status).toBe('cancelled');
    expect(await claim(api, id)).toBeNull();
  });

  it('asks a running run to stop through its heartbeat, and a resumed one starts anew', async () => {
    const { id } = await create();
    const attempt = await must(id);
    expect((await attempt.heartbeat()).body).toEqual({ action: 'continue' });
    expect((await cancel(id)).body).toMatchObject({ status: 'running', stopRequested: true });
    expect((await cancel(id)).status).toBe(200);
    expect((await attempt.heartbeat()).body).toEqual({ action: 'stop' });
    await attempt.finish('stopped');
    expect(await get(id)).toMatchObject({ status: 'cancelled', failure: null });
    expect((await cancel(id)).status).toBe(409);

    expect((await alice.call<Run>('POST', `/v1/runs/${id}/resume`)).body).toMatchObject({ status: 'queued', stopRequested: false, finishedAt: null });
    expect((await must(id)).ticket.attempt).toBe(2);
    expect((await alice.call('POST', `/v1/runs/${id}/resume`)).status).toBe(409);
  });

  it('comes too late for a run that succeeds meanwhile', async () => {
    const { id } = await create();
    const attempt = await must(id);
    await cancel(id);
    await attempt.finish('succeeded');
    expect((await get(id)).status).toBe('succeeded');
  });

  it('ends a run whose worker is silent, without another try', async () => {
    const { id } = await create();
    await must(id);
    await cancel(id);
    await loseWorker(id);
    expect((await get(id)).status).toBe('cancelled');
  });

  it('leaves a run that succeeded before it heard of it a success', async () => {
    const { id } = await create();
    const attempt = await must(id);
    await cancel(id);
    await attempt.finish('succeeded');
    expect((await get(id)).status).toBe('succeeded');
    expect((await cancel(id)).status).toBe(409);
    expect((await alice.call('POST', `/v1/runs/${id}/resume`)).status).toBe(409);
  });
});

describe('an attempt that ends', () => {
  it('is followed by another when its worker had to go', async () => {
    const { id } = await create();
    await (await must(id)).finish('stopped');
    expect(await get(id)).toMatchObject({ status: 'queued', failure: null });
    expect((await must(id)).ticket.attempt).toBe(2);
  });

  it('fails the run at once where another try could not help', async () => {
    const { id } = await create();
    await (await must(id)).finish('failed', { code: 'diverged' });
    expect(await get(id)).toMatchObject({ status: 'failed', failure: { code: 'diverged', message: 'a message' } });
    expect((await alice.call<Run>('POST', `/v1/runs/${id}/resume`)).body).toMatchObject({ status: 'queued', failure: null });
  });

  it('is followed by another after a pause, three times in a row without a new checkpoint at most', async () => {
    const { id } = await create();
    const other = await create();
    await (await must(id)).finish('failed', { code: 'worker_crashed' });
    expect((await get(id)).status).toBe('queued');
    // It waits; the other one does not.
    expect((await must()).ticket.run).toBe(other.id);
    expect(await claim(api)).toBeNull();

    await skipPause(id);
    const second = await must(id);
    await second.events(0, [started(), ...epochOf(1)]);
    await second.checkpoint(1, 3);
    await loseWorker(id);
    // That one brought a checkpoint: the count begins anew, and there is no pause.
    for (const code of ['internal_error', 'worker_crashed']) {
      await (await must(id)).finish('failed', { code });
      expect((await get(id)).status).toBe('queued');
      await skipPause(id);
    }
    await must(id);
    await loseWorker(id);
    expect(await get(id)).toMatchObject({ status: 'failed', attempt: 5, failure: { code: 'worker_lost', message: expect.stringContaining('3 tries') } });
    expect(await claim(api)).toBeNull();
  });

  it('does not count a checkpoint that lies before an earlier one as progress', async () => {
    const { id } = await create();
    const first = await must(id);
    await first.events(0, [started(), ...epochOf(1), ...epochOf(2)]);
    await first.checkpoint(2, 6);
    await loseWorker(id);
    for (let n = 0; n < 3; n++) {
      await skipPause(id);
      const again = await must(id);
      await again.events(0, [started(), ...epochOf(1)]);
      await again.checkpoint(1, 3);
      await again.finish('failed', { code: 'worker_crashed' });
    }
    expect((await get(id)).status).toBe('failed');
  });
});
