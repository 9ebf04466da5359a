import { withCaller } from '@thaw/api/context';
import { claimRun } from '@thaw/api/attempts/claimRun';
import { launchWorkers } from '@thaw/api/dispatch/launchWorkers';
import { processLauncher } from '@thaw/api/dispatch/processLauncher';
import { ingestQueue } from '@thaw/api/dispatch/ingestQueue';
import { runQueue } from '@thaw/api/dispatch/runQueue';
import { startDispatcher } from '@thaw/api/dispatch/startDispatcher';
import { createLog } from '@thaw/api/log';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, smallRun, startApi, until, type Api, type Person } from './apiHarness.ts';
import { uploadedDataset } from './ingestByHand.ts';
import { isAlive } from './processTree.ts';

const log = createLog('test', 'silent');
const children: ChildProcess[] = [];
let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '2' } });
  alice = await api.person('alice');
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await api.sql`delete from run`;
  await api.sql`delete from worker`;
});

/** A worker that trains nothing: claims runs until none is left for some seconds. Its process id stands in its device's name. */
const double = `
const { THAW_API_URL: api, THAW_WORKER_TOKEN: token, THAW_WORKER_NAME: name, THAW_DEVICE: hold } = process.env;
if (Object.keys(process.env).some((key) => /DATABASE|S3_/.test(key))) process.exit(9);
const post = (path, token, body) => fetch(api + path, { method: 'POST', headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' }, body: JSON.stringify(body) });
for (let idle = 0; idle < 30; ) {
  const reply = await post('/worker/v1/claim', token, { worker: { name, device: { type: 'cpu', name: String(process.pid) } } });
  if (reply.status !== 200) { idle++; await new Promise((done) => setTimeout(done, 100)); continue; }
  idle = 0;
  const { run, attempt, attemptToken } = await reply.json();
  while (hold === 'hold') { await post('/worker/v1/runs/' + run + '/heartbeat', attemptToken, { attempt }); await new Promise((done) => setTimeout(done, 300)); }
  const outcome = { status: 'succeeded', best: null, bestTest: null, seconds: 0, failure: null };
  await post('/worker/v1/runs/' + run + '/finish', attemptToken, { attempt, outcome, curves: [] });
}`;
const command = [process.execPath, '--input-type=module', '-e', double] as const;

/** The same for imports, all of which it finds to be no archive. */
const ingestDouble = double
  .replaceAll('/worker/v1/claim', '/worker/v1/ingests/claim')
  .replace(/const \{ run,[^]*$/, `const { dataset, version, attempt, attemptToken } = await reply.json();
  await post('/worker/v1/ingests/' + dataset + '/' + version + '/finish', attemptToken, { attempt, outcome: { status: 'failed', code: 'invalid_archive', message: name } });
}`);
const workerVariables = () => ({ THAW_API_URL: api.url, THAW_WORKER_TOKEN: api.workerToken, PATH: process.env['PATH'] ?? '' });

const context = (activeRuns: number | null = null) => ({ db: api.db, log, settings: { quota: { ...noLimits, activeRuns } } });
const dispatcher = (maxWorkers: number, { variables, ...more }: { graceSeconds?: number; silentSeconds?: number; variables?: Record<string, string> } = {}) =>
  startDispatcher({
    ...more,
    log,
    databaseUrl: api.servers.databaseUrl,
    lines: [{ queue: runQueue(context()), launcher: processLauncher({ command, environment: { ...workerVariables(), ...variables }, log, graceSeconds: 3 }), maxWorkers }],
    launchSeconds: 20,
    pollSeconds: 0.3,
  });

const stopSilent = () => Promise.resolve(new Set<string>());

const create = async (person = alice) => (await person.call<Run>('POST', '/v1/runs', smallRun)).body.id;
const get = async (id: string) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
const statusesOf = async (ids: string[]) => Promise.all(ids.map(async (id) => (await get(id)).status));
const settled = (ids: string[], status: string) => until(`all ${status}`, async () => (await statusesOf(ids)).every((one) => one === status), 20);
const workerNames = async () => (await api.sql<{ name: string }[]>`select name from worker`).map(({ name }) => name);

describe('the dispatcher', () => {
  it('starts no more workers than it may, and lets them take run after run', async () => {
    const running = dispatcher(2);
    await settled([await create()], 'succeeded');
    // The worker is still there: it takes the next one, and no other is started.
    await settled([await create()], 'succeeded');
    expect(await workerNames()).toHaveLength(1);
    const ids = await Promise.all(Array.from({ length: 5 }, () => create()));
    await settled(ids, 'succeeded');
    const names = await workerNames();
    expect(names).toHaveLength(2);
    await running.close();
  });

  it('does no harm beside a second one: each run is tried once', async () => {
    const both = [dispatcher(2), dispatcher(2)];
    const ids = await Promise.all(Array.from({ length: 4 }, () => create()));
    await settled(ids, 'succeeded');
    for (const id of ids) expect((await get(id)).attempt).toBe(1);
    await Promise.all(both.map(({ close }) => close()));
  });

  it('waits for no worker that hangs: it is stopped, and another one comes', async () => {
    // A worker without work is written down every five seconds.
    const running = dispatcher(1, { silentSeconds: 7 });
    await settled([await create()], 'succeeded');
    const [worker] = await api.sql<{ pid: string }[]>`select device_name as pid from worker`;
    const pid = Number(worker?.pid);
    process.kill(pid, 'SIGSTOP');
    const id = await create();
    await until('the worker is gone', () => Promise.resolve(!isAlive(pid)), 30);
    await settled([id], 'succeeded');
    expect((await get(id)).attempt).toBe(1);
    expect(await workerNames()).toHaveLength(2);
    await running.close();
  }, 60_000);

  it('takes its run from a worker that has ended without waiting for the lease, and gives it to another', async () => {
    const running = dispatcher(1, { variables: { THAW_DEVICE: 'hold' } });
    const id = await create();
    await settled([id], 'running');
    const [worker] = await api.sql<{ pid: string }[]>`select device_name as pid from worker`;
    const pid = Number(worker?.pid);
    process.kill(pid, 'SIGSTOP');
    await api.sql`update run set lease_expires_at = now() + interval '1 hour'`;
    process.kill(pid, 'SIGKILL');
    await until('another worker has it', async () => (await get(id)).attempt === 2);
    const [ended] = await api.sql<{ outcome: string; failure: object }[]>`select outcome, failure from attempt where number = 1`;
    expect(ended).toEqual({ outcome: 'lost', failure: { code: 'worker_lost', message: 'The worker ended in the midst of it (signal SIGKILL).' } });
    await running.close();
  });

  it('does not blame a run for a worker that took another one and then ended', async () => {
    const [mine, other] = [await create(), await create()];
    await api.sql`update run set status = 'launching', launched_at = now() where id = ${mine}`;
    expect((await claim(api, other))?.ticket.run).toBe(other);
    const ended = { name: 'hand', launchedFor: mine, ended: 'signal SIGKILL' };
    const launcher = { outlives: true, list: () => Promise.resolve([ended]), launch: () => Promise.resolve(), stop: () => Promise.resolve(), close: () => Promise.resolve() };
    await launchWorkers(runQueue(context()), { launcher, maxWorkers: 0, stopSilent });
    expect(await statusesOf([mine, other])).toEqual(['queued', 'queued']);
    const rows = await api.sql<{ id: string; tries: number }[]>`select id, attempts_without_progress as tries from run`;
    expect(new Map(rows.map(({ id, tries }) => [id, tries]))).toEqual(new Map([[mine, 0], [other, 1]]));
  });

  it('as a process takes its workers with it when it is killed, and another goes on with their runs', async () => {
    const id = await create();
    const env = {
      ...process.env,
      ...api.environment,
      ...workerVariables(),
      LOG_LEVEL: 'silent',
      THAW_LAUNCHER: 'process',
      THAW_WORKER_COMMAND: JSON.stringify(command),
      THAW_DEVICE: 'hold',
    };
    const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../apps/api/src/dispatcher.ts')], { env, stdio: 'ignore' });
    children.push(child);
    await settled([id], 'running');
    const [worker] = await api.sql<{ pid: string }[]>`select device_name as pid from worker`;
    const pid = Number(worker?.pid);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await until('the worker is gone', () => Promise.resolve(!isAlive(pid)));

    const next = dispatcher(1);
    await settled([id], 'succeeded');
    expect((await get(id)).attempt).toBe(2);
    await next.close();
  });
});

describe('imports', () => {
  const versions = () => api.sql<{ status: string; failure: { code: string; message: string } | null }[]>`select status, failure from dataset_version where dataset_id <> 'cifar10'`;
  const all = (status: string, code?: string) =>
    until(`all ${status}`, async () => (await versions()).every((row) => row.status === status && (code === undefined || row.failure?.code === code)), 20);
  afterEach(async () => void (await api.sql`delete from dataset where id <> 'cifar10'`));

  it('have workers of their own, whatever the trainers are busy with', async () => {
    const launcher = (script: string, more: object = {}) =>
      processLauncher({ command: [process.execPath, '--input-type=module', '-e', script], environment: { ...workerVariables(), ...more }, log, graceSeconds: 3 });
    const running = startDispatcher({
      log,
      databaseUrl: api.servers.databaseUrl,
      lines: [
        { queue: runQueue(context()), launcher: launcher(double, { THAW_DEVICE: 'hold' }), maxWorkers: 1 },
        { queue: ingestQueue(context()), launcher: launcher(ingestDouble), maxWorkers: 2 },
      ],
      launchSeconds: 20,
      pollSeconds: 0.3,
    });
    const held = await create();
    await settled([held], 'running');
    for (let i = 0; i < 4; i++) await uploadedDataset(api, alice);
    await all('failed', 'invalid_archive');
    const names = new Set((await versions()).map(({ failure }) => failure?.message));
    expect(names.size).toBeGreaterThan(0);
    expect(names.size).toBeLessThanOrEqual(2);
    expect((await get(held)).status).toBe('running');
    await running.close();
  });

  it('whose worker cannot be started are given up in words after three tries; one that nobody claims waits again', async () => {
    await uploadedDataset(api, alice);
    const queue = ingestQueue(context());
    expect(await queue.markLaunching({ covered: 0, limit: 1 })).toHaveLength(1);
    await api.sql`update dataset_version set launched_at = now() - interval '1 minute' where status = 'launching'`;
    await queue.requeueUnclaimed({ seconds: 90 });
    await all('launching');
    await queue.requeueUnclaimed({ seconds: 30 });
    await all('queued');
    const launcher = processLauncher({ command: [process.execPath, '-e', 'process.exit(3)'], environment: {}, log });
    await until('it is given up', async () => {
      await api.sql`update dataset_version set available_at = now() where status = 'queued'`;
      await launchWorkers(queue, { launcher, maxWorkers: 1, stopSilent });
      return (await versions()).every(({ status }) => status === 'failed');
    });
    const [row] = await versions();
    expect(row?.failure).toEqual({ code: 'launch_failed', message: expect.stringMatching(/ended before it took any work \(exit code 3\).* given up after 3 tries/) });
  });
});

describe('a launch', () => {
  it('that fails is tried three times, then the run is failed in words', async () => {
    const launchers = [
      { launcher: processLauncher({ command: ['/nowhere/worker'], environment: {}, log }), words: /No worker could be started: The worker program cannot be started \(ENOENT\)/ },
      { launcher: processLauncher({ command: [process.execPath, '-e', 'process.exit(3)'], environment: {}, log }), words: /ended before it took any work \(exit code 3\)/ },
    ];
    for (const { launcher, words } of launchers) {
      const id = await create();
      await until('it is given up', async () => {
        await api.sql`update run set available_at = now() where status = 'queued'`;
        await launchWorkers(runQueue(context()), { launcher, maxWorkers: 1, stopSilent });
        return (await get(id)).status === 'failed';
      });
      expect((await get(id)).failure).toEqual({ code: 'launch_failed', message: expect.stringMatching(words) });
      expect((await get(id)).attempt).toBe(0);
    }
  });

  it('that nobody claims in time leaves the run waiting, and free for any worker meanwhile', async () => {
    const id = await create();
    expect(await runQueue(context()).markLaunching({ covered: 0, limit: 1 })).toEqual([id]);
    await runQueue(context()).requeueUnclaimed({ seconds: 30 });
    expect((await get(id)).status).toBe('launching');
    await api.sql`update run set launched_at = now() - interval '1 minute'`;
    await runQueue(context()).requeueUnclaimed({ seconds: 30 });
    expect((await get(id)).status).toBe('queued');
    await runQueue(context()).markLaunching({ covered: 0, limit: 1 });
    expect((await claim(api))?.ticket.run).toBe(id);
  });
});

describe("an owner's limit", () => {
  it('holds when many claim at once, and lets others pass', async () => {
    const bob = await api.person('bob');
    const ids = [await create(), await create(), await create()];
    const bobs = await create(bob);
    const settings = { leaseSeconds: 30, heartbeatSeconds: 10, quota: { ...noLimits, activeRuns: 2 } };
    const [token] = await api.sql<{ id: string }[]>`select id from api_key where 'worker' = any(scopes)`;
    const ctx = withCaller({ db: api.db, storage: api.storage, log, settings }, { kind: 'worker' as const, apiKeyId: token?.id ?? '' });
    const claimOne = async (n: number) => (await claimRun(ctx, { worker: { name: `w${n}`, device: { type: 'cpu', name: 'hand' } } }))?.run;
    const taken: (string | undefined)[] = [];
    for (let round = 0; round < 3; round++) taken.push(...(await Promise.all([1, 2, 3, 4].map(claimOne))));
    const got = taken.filter((id) => id !== undefined);
    expect(got).toContain(bobs);
    expect(got.filter((id) => ids.includes(id))).toHaveLength(2);
  });

  it('holds for launches', async () => {
    const bob = await api.person('bob');
    const [first] = [await create(), await create()];
    const bobs = await create(bob);
    expect(await runQueue(context(1)).markLaunching({ covered: 0, limit: 5 })).toEqual([first, bobs]);
    expect(await runQueue(context(1)).markLaunching({ covered: 0, limit: 5 })).toEqual([]);
  });
});

describe('after the database was out of reach', () => {
  it('leases are judged only once the living have had time to renew theirs', async () => {
    const id = await create();
    await claim(api);
    await api.sql`update run set lease_expires_at = now() - interval '1 minute' where id = ${id}`;
    const statusOf = async () => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body.status;
    await api.sql`alter table run rename to run_away`;
    const loop = dispatcher(0, { graceSeconds: 2 });
    try {
      await new Promise((resolve) => setTimeout(resolve, 800));
      await api.sql`alter table run_away rename to run`;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await statusOf()).toBe('running');
      await until('the silent worker loses its run', async () => (await statusOf()) !== 'running');
    } finally {
      await loop.close();
    }
  }, 30_000);
});
