import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { importWeights } from '@thaw/api/weights/importWeights';
import type { Comparison } from '@thaw/contract/comparison';
import { presets } from '@thaw/contract/presets';
import type { RunWithCompanions } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochEnd, epochOf, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';
import { missingStorage } from './servers.ts';

describe.skipIf(missingStorage(anyStorage) !== null)('a run with companions', () => {
  let api: Api;
  let alice: Person;
  let run: RunWithCompanions;

  beforeAll(async () => {
    api = await startApi({ s3: anyStorage });
    alice = await api.person('alice');
    const weights = path.join(api.servers.folder, 'weights.pth');
    writeFileSync(weights, 'weights');
    await importWeights(api, { backbone: 'resnet18', file: weights });
  }, 60_000);
  afterAll(async () => api?.stop());

  const request = { name: 'mine', data: { batchSize: 64, monitor: 'val' }, schedule: { epochs: 3, freezeEpochs: 1 }, companions: ['scratch', 'linear_probe', 'untuned'], priority: 3 };
  const create = (key: string) => alice.call<RunWithCompanions>('POST', '/v1/runs', request, { 'idempotency-key': key });
  const get = async (id: string) => (await alice.call<RunWithCompanions>('GET', `/v1/runs/${id}`)).body;
  const compare = async (id: string) => (await alice.call<Comparison>('GET', `/v1/runs/${id}/comparison`)).body;
  const companion = (kind: string): string => run.companions.find((one) => one.kind === kind)?.run ?? '';
  const attempts: Record<string, Attempt> = {};

  it('is queued with those that have to be trained, once however often it is asked for', async () => {
    const replies = await Promise.all([create('one'), create('one'), create('one')]);
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(replies.filter(({ headers }) => headers.get('idempotent-replay') === null)).toHaveLength(1);
    run = replies[0].body;
    for (const { body } of replies) expect(body).toEqual(run);
    expect(run).toMatchObject({ name: 'mine', companionOf: null, spec: { companions: request.companions } });
    expect(run.companions).toEqual([
      { kind: 'linear_probe', run: expect.stringMatching(/^run_/) as unknown, status: 'queued' },
      { kind: 'scratch', run: expect.stringMatching(/^run_/) as unknown, status: 'queued' },
    ]);
    expect(await api.sql`select id from run where owner_id = ${alice.id}`).toHaveLength(3);
    expect(await get(companion('scratch'))).toMatchObject({ name: 'mine (from scratch)', priority: 3, companionOf: { run: run.id, kind: 'scratch' }, companions: [], dataset: run.dataset });
  });

  it('says before anything is trained what there will be', async () => {
    const table = await compare(run.id);
    expect(table.run).toBe(run.id);
    expect(table.rows.map(({ kind, run: id, status, test, gain }) => [kind, id, status, test, gain])).toEqual([
      ['untuned', run.id, 'queued', null, null],
      ['linear_probe', companion('linear_probe'), 'queued', null, null],
      ['scratch', companion('scratch'), 'queued', null, null],
      ['run', run.id, 'queued', null, null],
    ]);
  });

  it('goes to workers one run at a time, itself first, each with the recipe and weights that it is for', async () => {
    const order = [];
    for (const kind of ['run', 'linear_probe', 'scratch']) {
      const attempt = await claim(api);
      if (attempt === null) throw new Error('nothing to claim');
      attempts[kind] = attempt;
      order.push(attempt.ticket.run);
    }
    expect(order).toEqual([run.id, companion('linear_probe'), companion('scratch')]);
    expect(await claim(api)).toBeNull();
    const { spec } = run;
    expect(attempts['linear_probe']?.ticket.spec).toEqual({ ...spec, companions: [], schedule: { ...presets.tutorial.schedule, epochs: 3, freezeEpochs: 3 } });
    expect(attempts['scratch']?.ticket.spec).toEqual({ ...spec, companions: [], model: { backbone: 'resnet18', weights: 'none' }, schedule: { ...presets.tutorial.schedule, epochs: 3, freezeEpochs: 0 } });
    expect(attempts['linear_probe']?.ticket.weights?.sha256).toBe(attempts['run']?.ticket.weights?.sha256);
    expect(attempts['run']?.ticket.weights).not.toBeNull();
    expect(attempts['scratch']?.ticket.weights).toBeNull();
  });

  const succeed = async (kind: string, accuracy: number) => {
    const attempt = attempts[kind] as Attempt;
    const untuned = { ...epochEnd(0), testLoss: 2.4, testAccuracy: 0.1024 } as ReturnType<typeof epochEnd>;
    await attempt.events(0, [started(), untuned, ...[1, 2, 3].flatMap(epochOf)]);
    const outcome = { status: 'succeeded', best: { epoch: 2, loss: 1, accuracy: 0.5 }, bestTest: { loss: 1.5, accuracy }, seconds: 60, cpuSeconds: 110, failure: null };
    expect((await attempt.post('finish', { outcome, curves: [] })).status).toBe(204);
  };

  it('is one comparison, also when a companion is asked, and nobody else sees it', async () => {
    await succeed('run', 0.715);
    await succeed('linear_probe', 0.388);
    const table = await compare(run.id);
    // By hand: 71.5 - 10.24 and 71.5 - 38.8.
    expect(table.rows.map(({ kind, status, test, gain }) => [kind, status, test?.accuracy, gain])).toEqual([
      ['untuned', 'succeeded', 0.1024, 61.26],
      ['linear_probe', 'succeeded', 0.388, 32.7],
      ['scratch', 'running', undefined, null],
      ['run', 'succeeded', 0.715, null],
    ]);
    expect(table.rows[3]).toMatchObject({ run: run.id, epochs: 3, bestEpoch: 2, val: { loss: 1, accuracy: 0.5 }, seconds: 60, cpuSeconds: 110 });
    expect(await compare(companion('linear_probe'))).toEqual(table);
    const bob = await api.person('bob');
    expect((await bob.call('GET', `/v1/runs/${run.id}/comparison`)).status).toBe(404);
  });

  it('leaves each its own life: one can be cancelled and deleted, and outlives the run', async () => {
    const scratch = companion('scratch');
    expect((await alice.call('POST', `/v1/runs/${scratch}/cancel`)).status).toBe(200);
    await attempts['scratch']?.finish('stopped');
    expect((await compare(run.id)).rows[2]).toMatchObject({ run: scratch, status: 'cancelled', test: null, gain: null });
    expect(await get(run.id)).toMatchObject({ status: 'succeeded', companions: [{ status: 'succeeded' }, { kind: 'scratch', run: scratch, status: 'cancelled' }] });
    expect((await alice.call('DELETE', `/v1/runs/${scratch}`)).status).toBe(204);
    expect((await compare(run.id)).rows[2]).toMatchObject({ run: null, status: null });
    expect((await get(run.id)).companions.map(({ kind }) => kind)).toEqual(['linear_probe']);

    expect((await alice.call('DELETE', `/v1/runs/${run.id}`)).status).toBe(204);
    const probe = companion('linear_probe');
    expect(await get(probe)).toMatchObject({ status: 'succeeded', companionOf: null });
    expect((await compare(probe)).rows.map(({ run: id, status }) => [id, status])).toEqual([[probe, 'succeeded'], [null, null], [null, null], [probe, 'succeeded']]);
  });

  it('is refused, with all its companions, where one of them makes no sense', async () => {
    const before = await api.sql`select id from run`;
    const { status, body } = await alice.call('POST', '/v1/runs', { ...request, preset: 'scratch' });
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ path: 'companions.0', message: 'the run itself starts from random weights; remove scratch' }]);
    expect(await api.sql`select id from run`).toHaveLength(before.length);
  });
});
