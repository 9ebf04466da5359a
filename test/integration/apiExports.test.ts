import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import type { RunExport } from '@thaw/contract/exports';
import type { Run } from '@thaw/contract/runs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { claim, epochEnd, epochOf, smallRun, started, until } from './apiHarness.ts';
import { claimTask } from './taskByHand.ts';
import { log, startTaskWorld, type TaskWorld } from './taskWorld.ts';

let world: TaskWorld;
let { api, alice, bob, run, ask, look, must, follow, statuses, trainedRun } = {} as TaskWorld;

beforeAll(async () => {
  world = await startTaskWorld();
  ({ api, alice, bob, run, ask, look, must, follow, statuses, trainedRun } = world);
}, 60_000);
afterAll(async () => world?.api.stop());
afterEach(async () => void (await world.api.sql`delete from task`));

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
    expect((await ask({ epoch: 2 })).body).toMatchObject({ status: 404, detail: expect.stringContaining('only the last, the best and what is pinned stay') as unknown });
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
