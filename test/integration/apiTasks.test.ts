import { taskQueue } from '@thaw/api/dispatch/taskQueue';
import { createLog } from '@thaw/api/log';
import { sweepPreviews } from '@thaw/api/previews/sweepPreviews';
import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import type { RunExport } from '@thaw/contract/exports';
import type { Preview } from '@thaw/contract/previews';
import type { Run } from '@thaw/contract/runs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, epochEnd, epochOf, smallRun, startApi, started, until, type Api, type Person } from './apiHarness.ts';
import { claimTask } from './taskByHand.ts';

const log = createLog('test', 'silent');
let api: Api;
let alice: Person;
let bob: Person;
/** A run of three epochs: the first was the best, and the checkpoint of the second is not kept. */
let run: Run;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  [alice, bob] = [await api.person('alice'), await api.person('bob')];
  run = await trainedRun('猫 & dogs');
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => void (await api.sql`delete from task`));

async function trainedRun(name: string, epochs = 4): Promise<Run> {
  const { id } = (await alice.call<Run>('POST', '/v1/runs', { ...smallRun, name, schedule: { epochs } })).body;
  const attempt = await claim(api, id);
  if (attempt === null) throw new Error('no run');
  await attempt.events(0, [started(), epochEnd(0)]);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    await attempt.events(epoch, epochOf(epoch));
    expect((await attempt.checkpoint(epoch, epoch * 3, epoch === 1)).status).toBe(204);
  }
  await attempt.finish('succeeded');
  return (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
}

const ask = (body: object = {}, of = run.id, who = alice) => who.call<RunExport>('POST', `/v1/runs/${of}/exports`, { format: 'onnx', ...body });
const look = (id: string) => alice.call<RunExport>('GET', `/v1/runs/${run.id}/exports/${id}`);
const must = async () => {
  const task = await claimTask(api);
  if (task === null) throw new Error('no task waits');
  return task;
};
/** Follows a redirect as curl -L does: without the key. */
const follow = async (address: string) => {
  const redirect = await alice.call('GET', address);
  expect(redirect.status).toBe(302);
  const file = await fetch(redirect.headers.get('location') ?? '');
  return { text: await file.text(), disposition: file.headers.get('content-disposition') };
};
const queue = () => taskQueue({ db: api.db, log });
const expireNow = async () => {
  await api.sql`update task set lease_expires_at = now() - interval '1 second' where status = 'running'`;
  expect(await queue().expireLeases()).toBe(1);
};
const statuses = async () => (await api.sql<{ status: string }[]>`select status from task order by created_at`).map(({ status }) => status);
const waitNot = () => api.sql`update task set available_at = now() - interval '1 second'`;

describe('an export', () => {
  it('is queued, made by a worker and downloaded, all by its owner alone', async () => {
    const asked = await ask({ epoch: 'best', with: ['predict', 'card'] });
    expect(asked.status).toBe(201);
    const { id } = asked.body;
    expect(asked.headers.get('location')).toBe(`/v1/runs/${run.id}/exports/${id}`);
    expect(asked.body).toMatchObject({ run: run.id, epoch: 1, step: 3, format: 'onnx', with: ['card', 'predict'], status: 'queued', files: [], failure: null });

    const task = await must();
    expect(task.ticket).toMatchObject({ task: id, attempt: 1, work: { kind: 'export', format: 'onnx', fileName: '猫-dogs-epoch-1.onnx', source: { kind: 'checkpoint', evaluation: null } } });
    if (task.ticket.work.kind !== 'export' || task.ticket.work.source.kind !== 'checkpoint') throw new Error('another task');
    expect(await (await fetch(task.ticket.work.source.model.url)).text()).toBe(`model.safetensors of ${run.id} attempt 1 step 3`);
    expect(task.ticket.work.source.state).not.toBeNull();
    expect(await claimTask(api)).toBeNull();
    expect((await task.heartbeat()).body).toEqual({ action: 'continue' });
    expect((await look(id)).body.status).toBe('running');
    expect((await task.complete()).status).toBe(204);

    const { body } = await look(id);
    expect(body).toMatchObject({ status: 'succeeded', finishedAt: expect.any(String) as unknown });
    expect(body.files.map(({ name, fileName }) => [name, fileName])).toEqual([
      ['model.onnx', '猫-dogs-epoch-1.onnx'],
      ['card.md', '猫-dogs-epoch-1.onnx.card.md'],
      ['predict.py', 'predict.py'],
    ]);
    for (const { name, download } of body.files) expect((await follow(download)).text).toBe(`${name} of ${id}`);
    expect((await follow(body.files[0]?.download ?? '')).disposition).toBe(`attachment; filename="_-dogs-epoch-1.onnx"; filename*=UTF-8''%E7%8C%AB-dogs-epoch-1.onnx`);
    expect((await alice.call('GET', `/v1/runs/${run.id}/exports/${id}/model.pth`)).status).toBe(404);
    const [{ bytes } = { bytes: 0 }] = await api.sql<{ bytes: string }[]>`select bytes from task`;
    expect(Number(bytes)).toBe(body.files.reduce((sum, file) => sum + file.bytes, 0));

    for (const path of [`/v1/runs/${run.id}/exports`, `/v1/runs/${run.id}/exports/${id}`, `/v1/runs/${run.id}/exports/${id}/model.onnx`])
      expect((await bob.call('GET', path)).status, path).toBe(404);
    expect((await ask({}, run.id, bob)).status).toBe(404);
    expect((await bob.call('DELETE', `/v1/runs/${run.id}/exports/${id}`)).status).toBe(404);
    expect((await look(id)).status).toBe(200);
  });

  it('asked for again is the same, and another where anything differs', async () => {
    const first = (await ask({ epoch: 'best' })).body.id;
    for (const body of [{ epoch: 'best' }, { epoch: 1 }, {}, { with: [] }]) expect(await ask(body)).toMatchObject({ status: 200, body: { id: first } });
    const others = [{ epoch: 'last' }, { epoch: 3 }, { epoch: 0 }, { format: 'pth' }, { with: ['card'] }];
    const ids = [];
    for (const body of others) {
      const { status, body: made } = await ask(body);
      expect(status).toBe(201);
      ids.push(made.id);
    }
    expect(new Set([first, ...ids]).size).toBe(others.length + 1);
    const { items } = (await alice.call<{ items: RunExport[] }>('GET', `/v1/runs/${run.id}/exports`)).body;
    expect(items.map(({ id }) => id).sort()).toEqual([first, ...ids].sort());
    expect(await ask({ with: ['card', 'card'] })).toMatchObject({ status: 200 });
  });

  it('is refused where there is nothing to export, in words', async () => {
    expect((await ask({ epoch: 2 })).body).toMatchObject({ status: 404, detail: expect.stringContaining('The last two and the best are kept') as unknown });
    expect((await ask({ epoch: 'first' })).status).toBe(422);
    expect((await ask({ format: 'keras' })).status).toBe(422);
    const waiting = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body.id;
    expect((await ask({ epoch: 'best' }, waiting)).body).toMatchObject({ status: 404, detail: expect.stringContaining('its first one comes with the end of an epoch') as unknown });
    expect((await ask({ epoch: 0 }, waiting)).status).toBe(201);
  });

  it('of epoch 0 is of what the run starts from', async () => {
    await ask({ epoch: 0 });
    const { work } = (await must()).ticket;
    expect(work).toMatchObject({ kind: 'export', fileName: '猫-dogs-epoch-0.onnx', source: { kind: 'untuned', spec: { model: { weights: 'none' } }, manifest: { dataset: 'cifar10' }, packs: [], weights: null } });
  });

  it('keeps its checkpoint until it is made, and stays when that is gone', async () => {
    const { id: other } = (await alice.call<Run>('POST', '/v1/runs', smallRun)).body;
    const attempt = await claim(api, other);
    await attempt?.events(0, [started(), epochEnd(0), ...epochOf(1), ...epochOf(2), ...epochOf(3)]);
    await attempt?.checkpoint(1, 3, true);
    await ask({ epoch: 1 }, other);
    // The third of these would put it out.
    for (const [epoch, step] of [[2, 4], [2, 5], [2, 6]] as const) await attempt?.checkpoint(epoch, step, epoch === 2);
    const epochs = async () => (await alice.call<{ items: { epoch: number }[] }>('GET', `/v1/runs/${other}/checkpoints`)).body.items.map(({ epoch }) => epoch);
    expect(await epochs()).toEqual([1, 2]);
    await (await must()).complete();
    await attempt?.checkpoint(3, 9, true);
    expect(await epochs()).not.toContain(1);
    expect((await follow(`/v1/runs/${other}/checkpoints/1/onnx`)).text).toMatch(/^model.onnx of task_/);
    await attempt?.finish('succeeded');
  });

  it('whose checkpoint is gone all the same fails in words, and the next one is taken', async () => {
    const { body } = await ask({ epoch: 'last' });
    await ask({ epoch: 'best' });
    await api.sql`update task set checkpoint_id = null where id = ${body.id}`;
    expect((await must()).ticket.task).not.toBe(body.id);
    expect((await look(body.id)).body).toMatchObject({ status: 'failed', failure: { code: 'checkpoint_gone', message: expect.stringContaining('given way to newer ones') as unknown } });
  });

  it('deleted, done or not, is gone with its files; what a worker still writes is swept later', async () => {
    const { id } = (await ask()).body;
    const task = await must();
    const { key } = await task.put('model.onnx', 'half');
    expect((await alice.call('DELETE', `/v1/runs/${run.id}/exports/${id}`)).status).toBe(204);
    expect((await look(id)).status).toBe(404);
    expect((await task.heartbeat()).status).toBe(401);
    await sweepRemovals({ db: api.db, storage: api.storage, log });
    expect(await api.storage.size(key)).toBeNull();
    const later = await api.sql`select 1 from removal where prefix = ${`runs/${run.id}/exports/${id}/`} and due_at > now() + interval '1 hour'`;
    expect(later).toHaveLength(1);
    const acts = await api.sql`select 1 from audit_event where action = 'export_deleted' and subject = ${id}`;
    expect(acts).toHaveLength(1);
  });

  it('goes with its run', async () => {
    const doomed = await trainedRun('doomed', 1);
    await ask({}, doomed.id);
    await (await must()).complete();
    const [{ result } = { result: null }] = await api.sql<{ result: { files: { key: string }[] } | null }[]>`select result from task`;
    const key = result?.files[0]?.key ?? '';
    expect(await api.storage.size(key)).toBeGreaterThan(0);
    expect((await alice.call('DELETE', `/v1/runs/${doomed.id}`)).status).toBe(204);
    expect(await statuses()).toEqual([]);
    expect(await api.storage.size(key)).toBeNull();
  });

  it('waits where its owner has many that are not done', async () => {
    await ask();
    await api.sql`insert into task (id, owner_id, kind, run_id, input, cache_key) select 'task_' || n, owner_id, kind, run_id, input, 'key ' || n from task, generate_series(1, 49) n`;
    expect((await ask({ epoch: 'last' })).body).toMatchObject({ status: 429, detail: expect.stringContaining('50 of your exports') as unknown });
    expect((await ask()).status).toBe(200);
  });
});

describe('a full storage', () => {
  it('takes no more exports, and gives what there is', async () => {
    await ask();
    await (await must()).complete();
    const root = await api.person('root', ['admin'], 'administrator');
    const limit = (storageBytes: number | null) => root.call('PUT', `/v1/users/${alice.id}/quota`, { storageBytes });
    expect((await limit(1)).status).toBe(200);
    expect((await ask({ format: 'pth' })).body).toMatchObject({ status: 403, type: 'urn:thaw:problem:quota-exceeded', detail: expect.stringContaining('an export stores a file') as unknown });
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/0/onnx`)).status).toBe(403);
    expect((await ask()).status).toBe(200);
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/best/onnx`)).status).toBe(302);
    expect((await alice.call('POST', '/v1/previews', {})).status).toBe(201);
    await limit(null);
  });
});

describe('the model after an epoch', () => {
  it('is had at once where a checkpoint has it', async () => {
    const { text, disposition } = await follow(`/v1/runs/${run.id}/checkpoints/4/safetensors`);
    expect(text).toBe(`model.safetensors of ${run.id} attempt 1 step 12`);
    expect(disposition).toContain('%E7%8C%AB-dogs-epoch-4.safetensors');
    expect((await follow(`/v1/runs/${run.id}/checkpoints/best/safetensors`)).text).toContain('step 3');
    expect((await follow(`/v1/runs/${run.id}/checkpoints/last/safetensors`)).text).toContain('step 12');
    expect(await statuses()).toEqual([]);
    for (const path of ['2/safetensors', '9/onnx', 'x/onnx', '1e1/onnx', '-1/onnx', '1/keras']) expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/${path}`)).status, path).toBe(404);
    for (const path of ['4/safetensors', 'best/onnx', '0/pth']) expect((await bob.call('GET', `/v1/runs/${run.id}/checkpoints/${path}`)).status, path).toBe(404);
    expect(await statuses()).toEqual([]);
  });

  it('is made while the request waits, and there at once the next time', async () => {
    const waiting = alice.call('GET', `/v1/runs/${run.id}/checkpoints/0/onnx`);
    await until('it is queued', async () => (await statuses()).length === 1);
    await (await must()).complete();
    const reply = await waiting;
    expect(reply.status).toBe(302);
    expect(await (await fetch(reply.headers.get('location') ?? '')).text()).toMatch(/^model.onnx of/);
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/0/onnx`)).status).toBe(302);
    expect(await statuses()).toEqual(['succeeded']);
  });

  it('is a 503 with Retry-After where nobody makes it, and a conflict in words where it cannot be made', async () => {
    const began = performance.now();
    const late = await alice.call('GET', `/v1/runs/${run.id}/checkpoints/best/onnx`, undefined, { prefer: 'respond-async, wait=1' });
    expect(Math.round((performance.now() - began) / 1000)).toBe(1);
    expect(late).toMatchObject({ status: 503, body: { type: 'urn:thaw:problem:not-ready' } });
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(api.logged.filter((line) => line.includes('not-ready'))).toEqual([]);
    await (await must()).fail('export_refused');
    expect((await alice.call('GET', `/v1/runs/${run.id}/checkpoints/best/onnx`)).body).toMatchObject({ status: 409, detail: 'It could not be made: a message' });
  });
});

describe('a task', () => {
  it('goes on with another worker when the first falls silent, which is heard no more', async () => {
    const { id } = (await ask()).body;
    const first = await must();
    await expireNow();
    const second = await must();
    expect(second.ticket).toMatchObject({ task: id, attempt: 2 });
    const stale = { status: 409, body: { type: 'urn:thaw:problem:stale-attempt' } };
    expect(await first.heartbeat()).toMatchObject(stale);
    expect(await first.post('uploads', { name: 'model.onnx', bytes: 1 })).toMatchObject(stale);
    expect(await first.succeed([{ name: 'model.onnx', key: 'x', bytes: 1, sha256: '0'.repeat(64) }], { kind: 'export', largestDifference: 0 })).toMatchObject(stale);
    expect(await first.fail('internal_error')).toMatchObject(stale);
    expect(await first.stop()).toMatchObject(stale);
    // Nor does its token open the attempt of the other.
    expect((await first.post('heartbeat', { attempt: 2 })).status).toBe(409);
    expect((await second.complete()).status).toBe(204);
    expect((await look(id)).body.status).toBe('succeeded');
    expect(await api.sql`select 1 from removal where prefix = ${`runs/${run.id}/exports/${id}/attempt-1/`}`).toHaveLength(1);
  });

  it('is tried three times, with pauses, then failed; asked for again it is tried anew', async () => {
    const { id } = (await ask()).body;
    for (let attempt = 1; attempt <= 3; attempt++) {
      const task = await must();
      expect(task.ticket.attempt).toBe(attempt);
      expect((await task.fail('internal_error')).status).toBe(204);
      expect(await claimTask(api)).toBeNull();
      await waitNot();
    }
    expect((await look(id)).body).toMatchObject({ status: 'failed', failure: { code: 'internal_error', message: 'a message It was given up after 3 tries.' }, files: [] });
    expect(await ask()).toMatchObject({ status: 200, body: { id, status: 'queued', failure: null } });
    expect((await must()).ticket.attempt).toBe(4);
  });

  it('that can never succeed is failed at once, and stays so', async () => {
    const { id } = (await ask()).body;
    await (await must()).fail('export_refused');
    expect((await look(id)).body).toMatchObject({ status: 'failed', failure: { code: 'export_refused', message: 'a message' } });
    expect((await ask()).body.status).toBe('failed');
  });

  it('that a worker has to let go waits for the next, and it counts as no try', async () => {
    await ask();
    for (let i = 0; i < 4; i++) await (await must()).stop();
    expect((await must()).ticket.attempt).toBe(5);
  });

  it('is opened by its own token only', async () => {
    await ask();
    await ask({ format: 'pth' });
    const [one, other] = [await must(), await must()];
    expect((await one.post('heartbeat', {}, other.ticket.task)).status).toBe(404);
    for (const token of [alice.key, api.workerToken]) expect((await caller(api.url, token)('POST', `/worker/v1/tasks/${one.ticket.task}/heartbeat`, { attempt: 1 })).status).toBe(401);
    expect((await alice.call('POST', '/worker/v1/tasks/claim', { worker: { name: 'x', device: { type: 'cpu', name: 'x' } } })).status).toBe(403);
    expect((await caller(api.url, one.ticket.attemptToken)('GET', `/v1/runs/${run.id}/exports`)).status).toBe(401);
  });

  it('brings its own files and all of them, as they are in the storage', async () => {
    await ask({ with: ['predict'] });
    const task = await must();
    expect((await task.post('uploads', { name: 'card.md', bytes: 10 })).status).toBe(422);
    expect((await task.post('uploads', { name: '../../x', bytes: 10 })).status).toBe(422);
    const [model, script] = [await task.put('model.onnx', 'model'), await task.put('predict.py', 'script')];
    const found = { kind: 'export', largestDifference: 0 };
    expect((await task.succeed([model], found)).status).toBe(422);
    expect((await task.succeed([model, model], found)).status).toBe(422);
    expect((await task.succeed([model, { ...script, key: model.key }], found)).status).toBe(422);
    expect((await task.succeed([model, { ...script, bytes: 7 }], found)).status).toBe(409);
    expect((await task.succeed([model, script], { kind: 'preview', images: [], width: 1, height: 1 })).status).toBe(422);
    expect((await task.succeed([model, script], found)).status).toBe(204);
    expect((await task.succeed([model, script], found)).status).toBe(204);
  });

  it('is launched, and waits again or fails in words where no worker comes', async () => {
    const { id } = (await ask()).body;
    expect(await queue().markLaunching({ covered: 1, limit: 1 })).toEqual([]);
    expect(await queue().markLaunching({ covered: 0, limit: 5 })).toEqual([id]);
    expect(await queue().stillLaunching([id])).toEqual([id]);
    await api.sql`update task set launched_at = now() - interval '1 minute'`;
    await queue().requeueUnclaimed({ seconds: 30 });
    expect(await statuses()).toEqual(['queued']);
    for (let i = 0; i < 3; i++) {
      await waitNot();
      await queue().markLaunching({ covered: 0, limit: 5 });
      await queue().failLaunch({ id, reason: 'no room.' });
    }
    expect((await look(id)).body.failure).toEqual({ code: 'launch_failed', message: 'No worker could be started: no room. It was given up after 3 tries.' });
    await ask();
    await must();
    expect(await queue().busyWorkers(['task hand', 'hand'])).toEqual(['task hand']);
    const workers = (await alice.call<{ items: { name: string; busy: boolean }[] }>('GET', '/v1/workers')).body.items;
    expect(workers.find(({ name }) => name === 'task hand')?.busy).toBe(true);
  });
});

describe('a preview', () => {
  const spec = { preset: 'quick', model: { weights: 'none' }, data: { dataset: 'cifar10', batchSize: 32 } };
  const preview = (body: object = {}, who = alice) => who.call<Preview>('POST', '/v1/previews', { spec, ...body });

  it('is rendered by a worker and shown to its owner', async () => {
    const { status, body, headers } = await preview({ images: 2, draws: 3 });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/previews/${body.id}`);
    expect(body).toMatchObject({ status: 'queued', dataset: { id: 'cifar10', version: 1 }, draws: 3, images: [], picture: null });
    const task = await must();
    expect(task.ticket.work).toMatchObject({ kind: 'preview', images: 2, draws: 3, spec: { preset: 'quick', seed: 0 }, manifest: { dataset: 'cifar10' } });
    const waiting = alice.call<string>('GET', `/v1/previews/${body.id}/picture`);
    await task.complete();
    const picture = await waiting;
    expect([picture.status, picture.headers.get('content-type'), picture.body]).toEqual([200, 'image/png', `picture of ${body.id}`]);
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await alice.call<Preview>('GET', `/v1/previews/${body.id}`)).body).toMatchObject({
      status: 'succeeded',
      images: [{ index: 3, class: 'cat' }],
      picture: { path: `/v1/previews/${body.id}/picture`, width: 100, height: 50 },
    });
    for (const path of [`/v1/previews/${body.id}`, `/v1/previews/${body.id}/picture`]) expect((await bob.call('GET', path)).status).toBe(404);
  });

  it('is the same for what comes to the same picture, and another for another person', async () => {
    const { id } = (await preview()).body;
    for (const same of [{}, { images: 8, draws: 7 }, { spec: { ...spec, preset: 'quick', optimizer: { learningRate: 0.1 }, data: { ...spec.data, batchSize: 64, testLimit: 10 } } }]) expect(await preview(same)).toMatchObject({ status: 200, body: { id } });
    const others = [{ draws: 6 }, { images: 7 }, { spec: { ...spec, seed: 1 } }, { spec: { ...spec, data: { ...spec.data, imageSize: 64 } } }, { spec: { ...spec, data: { ...spec.data, augmentation: { flip: 0.4 } } } }];
    for (const other of others) expect((await preview(other)).status).toBe(201);
    expect((await preview({}, bob)).status).toBe(201);
  });

  it("says what is wrong with a recipe in the API's own words", async () => {
    const fault = async (body: object) => (await preview(body)).body as unknown as { status: number; errors: { path: string }[] };
    expect(await fault({ spec: { data: { imageSize: 10_000 } } })).toMatchObject({ status: 422, errors: [{ path: 'spec.data.imageSize' }] });
    expect(await fault({ spec: { colour: 1 } })).toMatchObject({ status: 422, errors: [{ path: 'spec.colour' }] });
    expect(await fault({ spec: { data: { dataset: 'nobodys' } } })).toMatchObject({ status: 422, errors: [{ path: 'spec.data.dataset' }] });
    expect(await fault({ spec: { data: { batchSize: 1024 } } })).toMatchObject({ status: 422, errors: [{ path: 'spec.data.batchSize' }] });
    expect((await preview({ images: 13 })).status).toBe(422);
    expect(await statuses()).toEqual([]);
  });

  it('comes before exports, for which nobody sits and waits', async () => {
    await ask();
    const { id } = (await preview()).body;
    expect((await must()).ticket.task).toBe(id);
  });

  it('goes when nobody has asked for it for a week', async () => {
    const old = (await preview()).body.id;
    await (await must()).complete();
    const young = (await preview({ draws: 1 })).body.id;
    await api.sql`update task set touched_at = now() - interval '8 days'`;
    await preview({ draws: 1 });
    expect(await sweepPreviews({ db: api.db })).toBe(1);
    expect((await alice.call('GET', `/v1/previews/${old}`)).status).toBe(404);
    expect((await alice.call('GET', `/v1/previews/${young}`)).status).toBe(200);
    expect(await api.sql`select 1 from removal where prefix = ${`datasets/cifar10/v1/previews/${old}/`}`).toHaveLength(1);
  });
});
