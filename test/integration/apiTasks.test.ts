import { sweepPreviews } from '@thaw/api/previews/sweepPreviews';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Preview } from '@thaw/contract/previews';
import { caller, type Person } from './apiHarness.ts';
import { claimTask } from './taskByHand.ts';
import { previewSpec, startTaskWorld, type TaskWorld } from './taskWorld.ts';

let world: TaskWorld;
let { api, alice, bob, run, ask, look, must, preview, queue, statuses, waitNot } = {} as TaskWorld;

beforeAll(async () => {
  world = await startTaskWorld();
  ({ api, alice, bob, run, ask, look, must, preview, queue, statuses, waitNot } = world);
}, 60_000);
afterAll(async () => world?.api.stop());
afterEach(async () => void (await world.api.sql`delete from task`));

describe('a task', () => {
  it('goes on with another worker when the first falls silent, which is heard no more', async () => {
    const { id } = (await ask()).body;
    const first = await must();
    await api.sql`update task set lease_expires_at = now() - interval '1 second' where status = 'running'`;
    expect(await queue().expireLeases()).toBe(1);
    await waitNot();
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

describe('between owners', () => {
  const draws = async (who: Person, ...counts: number[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const count of counts) ids.push((await preview({ draws: count }, who)).body.id);
    return ids;
  };
  const inOrder = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push((await must()).ticket.task);
    return ids;
  };

  it('whoever has fewest tasks with workers comes first, however many someone else asked for before', async () => {
    const a = await draws(alice, 1, 2, 3);
    const b = await draws(bob, 1, 2);
    expect(await inOrder(5)).toEqual([a[0], b[0], a[1], b[1], a[2]]);
    expect(await claimTask(api)).toBeNull();
  });

  it('one worker serves them in turn', async () => {
    const a = await draws(alice, 1, 2, 3);
    const b = await draws(bob, 1, 2);
    const served: string[] = [];
    for (let n = 0; n < 5; n++) {
      const task = await must();
      served.push(task.ticket.task);
      await task.complete();
    }
    expect(served).toEqual([a[0], b[0], a[1], b[1], a[2]]);
  });

  it('many workers at once serve all alike', async () => {
    await draws(alice, 1, 2, 3, 4);
    await draws(bob, 1, 2);
    await Promise.all([must(), must(), must(), must()]);
    const active = await api.sql<{ count: number }[]>`select count(*)::int from task where status = 'running' group by owner_id`;
    expect(active.map(({ count }) => count)).toEqual([2, 2]);
  });

  it('a preview comes before exports of others, unless its owner has more with workers', async () => {
    const { id: made } = (await ask()).body;
    const [first, second] = await draws(bob, 1, 2);
    expect(await inOrder(3)).toEqual([first, made, second]);
  });

  it('who pauses after a failure, or has all tasks locked by another claim, holds nobody up', async () => {
    const [a] = await draws(alice, 1);
    const [b] = await draws(bob, 1);
    await (await must()).fail('internal_error');
    expect((await must()).ticket.task).toBe(b);
    await waitNot();
    const [c] = await draws(bob, 2);
    await api.sql.begin(async (tx) => {
      await tx`select 1 from task where id = ${a ?? ''} for update`;
      expect((await must()).ticket.task).toBe(c);
    });
    expect((await must()).ticket.task).toBe(a);
  });
});

describe('a preview', () => {
  it('is rendered by a worker and shown to its owner', async () => {
    const { status, body, headers } = await preview({ images: 2, draws: 3 });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/previews/${body.id}`);
    expect(body).toMatchObject({ status: 'queued', dataset: { id: 'cifar10', version: 1 }, draws: 3, images: [], picture: null });
    const task = await must();
    expect(task.ticket.work).toMatchObject({ kind: 'preview', images: 2, draws: 3, spec: { preset: 'quick', seed: 0 }, manifest: { dataset: 'cifar10' } });
    expect((await task.post('uploads', { name: 'preview.png', bytes: 2 ** 30 })).status).toBe(422);
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
    for (const same of [{}, { images: 8, draws: 7 }, { spec: { ...previewSpec, preset: 'quick', optimizer: { learningRate: 0.1 }, data: { ...previewSpec.data, batchSize: 64, testLimit: 10 } } }]) expect(await preview(same)).toMatchObject({ status: 200, body: { id } });
    const others = [{ draws: 6 }, { images: 7 }, { spec: { ...previewSpec, seed: 1 } }, { spec: { ...previewSpec, data: { ...previewSpec.data, imageSize: 64 } } }, { spec: { ...previewSpec, data: { ...previewSpec.data, augmentation: { flip: 0.4 } } } }];
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
