import type { AuditEvent } from '@thaw/contract/audit';
import type { Checkpoint, Run } from '@thaw/contract/runs';
import type { Usage } from '@thaw/contract/usage';
import { sweepCheckpoints } from '@thaw/api/checkpoints/sweepCheckpoints';
import { sweepWeights } from '@thaw/api/weights/sweepWeights';
import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import { createLog } from '@thaw/api/log';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochOf, smallRun, startApi, started, type Api, type Attempt, type Person } from './apiHarness.ts';
import { whileBackedUp } from './whileBackedUp.ts';

const days = 7;
const log = createLog('test', 'silent');
let api: Api;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { CHECKPOINT_RETENTION_DAYS: String(days) } });
  [alice, bob] = [await api.person('alice', ['admin']), await api.person('bob')];
}, 60_000);
afterAll(async () => api?.stop());
beforeEach(async () => void (await api.sql`delete from run`));

/** A run whose checkpoints of two epochs are there, the first the best. */
const begin = async (): Promise<Attempt> => {
  const { body } = await alice.call<Run>('POST', '/v1/runs', { ...smallRun, name: 'old' });
  const attempt = await claim(api, body.id);
  if (attempt === null) throw new Error('no run to claim');
  await attempt.events(0, [started(), ...epochOf(1), ...epochOf(2), ...epochOf(3)]);
  return attempt;
};
const listed = async (run: string) => (await alice.call<{ items: Checkpoint[] }>('GET', `/v1/runs/${run}/checkpoints`)).body.items;
const epochs = async (run: string) => (await listed(run)).map(({ epoch }) => epoch);
const pin = (run: string, epoch: number | string, pinned = true) => alice.call<Checkpoint>('PATCH', `/v1/runs/${run}/checkpoints/${epoch}`, { pinned });
const endedBefore = (run: string, daysAgo: number) => api.sql`update run set finished_at = now() - make_interval(days => ${daysAgo}) where id = ${run}`;
const sweep = async () => {
  const gone = await sweepCheckpoints({ db: api.db }, days);
  await sweepRemovals({ db: api.db, storage: api.storage, log });
  return gone;
};

describe('checkpoints of a run that ended long ago', () => {
  it('go as was said beforehand, but for the best and the last, with an entry in the audit log', async () => {
    const attempt = await begin();
    const { run } = attempt.ticket;
    for (const [epoch, best] of [[1, true], [2, false], [3, false]] as const) await attempt.checkpoint(epoch, epoch * 3, best);
    expect((await listed(run)).map(({ expiresAt }) => expiresAt)).toEqual([null, null, null]);
    await attempt.finish('succeeded');
    const { finishedAt } = (await alice.call<Run>('GET', `/v1/runs/${run}`)).body;
    const before = await listed(run);
    expect(before.map(({ epoch, best, pinned, expiresAt }) => ({ epoch, best, pinned, expiresAt }))).toEqual([
      { epoch: 1, best: true, pinned: false, expiresAt: null },
      { epoch: 2, best: false, pinned: false, expiresAt: new Date(Date.parse(finishedAt ?? '') + days * 86_400_000).toISOString() },
      { epoch: 3, best: false, pinned: false, expiresAt: null },
    ]);

    await endedBefore(run, days - 1);
    expect(await sweep()).toBe(0);
    await endedBefore(run, days + 1);
    expect(await sweepCheckpoints({ db: api.db }, undefined)).toBe(0);
    const [doomed] = before.flatMap(({ epoch, files }) => (epoch === 2 ? [files] : []));
    const bytes = (doomed ?? []).reduce((sum, file) => sum + file.bytes, 0);
    const stored = async () => (await alice.call<Usage>('GET', '/v1/usage')).body.storage.checkpoints;
    const used = await stored();
    expect(await sweep()).toBe(1);
    expect(await sweep()).toBe(0);
    expect(await epochs(run)).toEqual([1, 3]);
    expect(used - (await stored())).toBe(bytes);
    const keyOf = (uri: string) => uri.replace(/^s3:\/\/[^/]+\//, '');
    for (const { epoch, files } of before) for (const { uri } of files) expect(await api.storage.size(keyOf(uri)), uri).toEqual(epoch === 2 ? null : expect.any(Number));
    const { items } = (await alice.call<{ items: AuditEvent[] }>('GET', '/v1/audit?action=checkpoints_removed')).body;
    expect(items).toMatchObject([{ owner: alice.id, actor: 'system', subject: run, details: { name: 'old', epochs: ['2'], bytes } }]);
    const asked = await alice.call('GET', `/v1/runs/${run}/checkpoints/2/onnx`);
    expect(asked).toMatchObject({ status: 404, body: { detail: expect.stringContaining('has been removed') as unknown } });
    const cloned = await alice.call('POST', '/v1/runs', { ...smallRun, model: { weights: { run, epoch: 2 } } });
    expect(cloned).toMatchObject({ status: 422, body: { detail: expect.stringContaining('that run has checkpoints of epoch 1, 3') as unknown } });
  });

  it('stay where they are pinned, until they are not any more', async () => {
    const attempt = await begin();
    const { run } = attempt.ticket;
    await attempt.checkpoint(1, 3, true);
    await attempt.checkpoint(2, 6, false);
    const [first, again] = [await pin(run, 2), await pin(run, 2)];
    expect(first).toMatchObject({ status: 200, body: { epoch: 2, pinned: true, expiresAt: null } });
    expect(again.body).toEqual(first.body);
    // Two more, and the pinned one stays beside the last two and the best.
    for (const step of [7, 8, 9]) await attempt.checkpoint(3, step, false);
    await attempt.finish('failed', { code: 'diverged' });
    await endedBefore(run, days + 1);
    expect(await sweep()).toBe(1);
    expect(await epochs(run)).toEqual([1, 2, 3]);
    // What a resume needs is still there.
    expect((await alice.call('POST', `/v1/runs/${run}/resume`)).status).toBe(200);
    expect((await claim(api, run))?.ticket).toMatchObject({ resume: { step: 9 }, best: { step: 3 } });
    await api.sql`update run set status = 'cancelled', finished_at = now() - interval '8 days', lease_expires_at = null where id = ${run}`;
    expect((await pin(run, 2, false)).body).toMatchObject({ pinned: false, expiresAt: expect.any(String) as unknown });
    expect(await sweep()).toBe(1);
    expect(await epochs(run)).toEqual([1, 3]);
    expect((await pin(run, 'best')).body).toMatchObject({ epoch: 1, pinned: true });
    expect((await pin(run, 'last')).body).toMatchObject({ epoch: 3, pinned: true });
  });

  it('stay where they were exported, while the run goes on, and for a resume', async () => {
    const attempt = await begin();
    const { run } = attempt.ticket;
    for (const [epoch, best] of [[1, true], [2, false], [3, false]] as const) await attempt.checkpoint(epoch, epoch * 3, best);
    await api.sql`update run set started_at = now() - interval '1 year', created_at = now() - interval '1 year' where id = ${run}`;
    expect(await sweep()).toBe(0);
    await attempt.finish('succeeded');
    const made = await alice.call<{ id: string }>('POST', `/v1/runs/${run}/exports`, { epoch: 2, format: 'onnx' });
    expect(made.status).toBe(201);
    await endedBefore(run, days + 1);
    expect((await listed(run)).map(({ expiresAt }) => expiresAt)).toEqual([null, null, null]);
    expect(await sweep()).toBe(0);
    await alice.call('DELETE', `/v1/runs/${run}/exports/${made.body.id}`);
    expect(await sweep()).toBe(1);
  });

  it('are not removed while someone resumes the run', async () => {
    const attempt = await begin();
    const { run } = attempt.ticket;
    for (const step of [3, 6, 9]) await attempt.checkpoint(step / 3, step, step === 3);
    await attempt.finish('failed', { code: 'diverged' });
    await endedBefore(run, days + 1);
    await api.sql.begin(async (tx) => {
      await tx`select 1 from run where id = ${run} for update`;
      expect(await sweep()).toBe(0);
    });
    expect((await Promise.all([sweep(), sweep()])).reduce((sum, gone) => sum + gone)).toBe(1);
  });
});

it('weights that were copied from a checkpoint go once no run starts from them, and none that others name', async () => {
  const attempt = await begin();
  const { run } = attempt.ticket;
  await attempt.checkpoint(1, 3);
  const start = async (name: string) => (await alice.call<Run>('POST', '/v1/runs', { ...smallRun, name, model: { weights: { run, epoch: 1 } } })).body.id;
  const stored = () => api.sql<{ key: string; id: string }[]>`select id, key from weights where owner_id is not null`;
  const age = () => api.sql`update weights set created_at = now() - interval '25 hours' where owner_id is not null`;
  const clean = () => sweepWeights({ db: api.db, storage: api.storage });
  const [first, second] = [await start('first'), await start('second')];
  const [file] = await stored();
  const remove = async (id: string) => {
    await alice.call('POST', `/v1/runs/${id}/cancel`);
    expect((await alice.call('DELETE', `/v1/runs/${id}`)).status).toBe(204);
  };
  await age();
  await remove(first);
  expect(await clean()).toBe(0);
  await remove(second);
  // Someone is about to start from it again.
  const third = await start('third');
  await remove(third);
  expect(await clean()).toBe(0);
  await age();
  await api.sql`insert into weights (id, owner_id, name, key, bytes, sha256) select 'of bob', ${bob.id}, name, key, bytes, sha256 from weights where id = ${file?.id ?? ''}`;
  await whileBackedUp(api.sql, async () => expect(await clean()).toBe(0));
  expect(await clean()).toBe(1);
  expect(await api.storage.size(file?.key ?? '')).toBeGreaterThan(0);
  await age();
  expect(await clean()).toBe(1);
  expect([await stored(), await api.storage.size(file?.key ?? '')]).toEqual([[], null]);
  const fourth = await start('fourth');
  expect((await claim(api, fourth))?.ticket.weights).toMatchObject({ bytes: await api.storage.size(file?.key ?? '') });
});

it('pins only what there is, for those who may', async () => {
  const attempt = await begin();
  const { run } = attempt.ticket;
  expect((await pin(run, 'last')).status).toBe(404);
  await attempt.checkpoint(1, 3);
  for (const epoch of ['0', '2', 'nine', '99999']) expect((await pin(run, epoch)).status, epoch).toBe(404);
  expect((await bob.call('PATCH', `/v1/runs/${run}/checkpoints/1`, { pinned: true })).status).toBe(404);
  const reader = await api.person('alice', ['read']);
  expect((await reader.call('PATCH', `/v1/runs/${run}/checkpoints/1`, { pinned: true })).status).toBe(403);
  for (const body of [{}, { pinned: 1 }, { pinned: true, more: 1 }]) expect((await alice.call('PATCH', `/v1/runs/${run}/checkpoints/1`, body)).status).toBe(422);
});
