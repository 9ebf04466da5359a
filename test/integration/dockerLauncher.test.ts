import { containerSettings } from '@thaw/api/dispatch/docker/containerSettings';
import { dockerLauncher } from '@thaw/api/dispatch/docker/dockerLauncher';
import { runQueue } from '@thaw/api/dispatch/runQueue';
import { startDispatcher } from '@thaw/api/dispatch/startDispatcher';
import { createLog } from '@thaw/api/log';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, smallRun, startApi, until, type Api, type Person } from './apiHarness.ts';

/** An image with Node.js, of a Docker that answers: `npm run test:docker` names one. */
const image = process.env['THAW_DOCKER_BASE'];

/** A worker that trains nothing, on the files of an image alone: claims runs until none is left for some seconds, or holds what it has. */
const double = (hold: boolean): string => `
import { readFileSync, writeFileSync } from 'node:fs';
const { THAW_API_URL: api, THAW_WORKER_NAME: name } = process.env;
const token = readFileSync(0, 'utf8').trim();
writeFileSync('/tmp/written', '');
try { writeFileSync('/written', ''); process.exit(7); } catch {}
const post = (path, token, body) => fetch(api + path, { method: 'POST', headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' }, body: JSON.stringify(body) });
process.on('SIGTERM', () => process.exit(0));
for (let idle = 0; idle < 20; ) {
  const reply = await post('/worker/v1/claim', token, { worker: { name, device: { type: 'cpu', name: String(process.getuid()) } } });
  if (reply.status !== 200) { idle++; await new Promise((done) => setTimeout(done, 100)); continue; }
  idle = 0;
  const { run, attempt, attemptToken } = await reply.json();
  while (${hold}) { await post('/worker/v1/runs/' + run + '/heartbeat', attemptToken, { attempt }); await new Promise((done) => setTimeout(done, 300)); }
  const outcome = { status: 'succeeded', best: null, bestTest: null, seconds: 0, failure: null };
  await post('/worker/v1/runs/' + run + '/finish', attemptToken, { attempt, outcome, curves: [] });
}`;
const works = ['node', '--input-type=module', '-e', double(false)] as const;
const holds = ['node', '--input-type=module', '-e', double(true)] as const;

describe.skipIf(image === undefined)('the launcher of containers', () => {
  const docker = new Docker();
  const deployment = `thaw-test-${process.pid}`;
  const log = createLog('test', 'silent');
  let api: Api;
  let alice: Person;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '6' } });
    alice = await api.person('alice');
  }, 60_000);
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true, v: true });
    await api.sql`delete from run`;
    await api.sql`delete from worker`;
  });
  afterAll(async () => {
    await docker.getVolume(`${deployment}-cache`).remove().catch(() => undefined);
    await api?.stop();
  });

  const containers = () => docker.listContainers({ all: true, filters: { label: [`thaw.deployment=${deployment}`] } });
  const launcher = (command: readonly [string, ...string[]], more: { image?: string; gpus?: 'all' } = {}) => {
    const variables = { THAW_DEPLOYMENT: deployment, THAW_WORKER_PIDS: 128, THAW_IDLE_SECONDS: 60, MAX_WORKERS: 1, MAX_INGEST_WORKERS: 1, MAX_TASK_WORKERS: 1, THAW_WORKER_MEMORY_GB: 0.5, THAW_WORKER_CPUS: 1 };
    const environment = { ...variables, THAW_API_URL: api.url, THAW_WORKER_NETWORK: 'host', THAW_WORKER_IMAGE: more.image ?? image ?? '' };
    const { runs } = containerSettings(environment, {});
    if (runs === null) throw new Error('no settings');
    return dockerLauncher({ docker, deployment, queue: 'run', settings: { ...runs, command, gpus: more.gpus ?? null }, token: api.workerToken, log, graceSeconds: 5 });
  };
  const dispatcher = (of: ReturnType<typeof launcher>, maxWorkers = 1, seconds: { launchSeconds: number; silentSeconds?: number } = { launchSeconds: 600 }): void => {
    const queue = runQueue({ db: api.db, log, settings: { quota: noLimits } });
    const { close } = startDispatcher({ log, databaseUrl: api.servers.databaseUrl, lines: [{ queue, launcher: of, maxWorkers }], ...seconds, pollSeconds: 0.3 });
    closing.push(close);
  };
  const create = async () => (await alice.call<Run>('POST', '/v1/runs', smallRun)).body.id;
  const get = async (id: string) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
  const becomes = (id: string, status: string) => until(`run ${status}`, async () => (await get(id)).status === status, 30);

  it('starts a worker for a run, with no rights and a token that nobody can look up, and leaves nothing of it', async () => {
    dispatcher(launcher(holds));
    const id = await create();
    await becomes(id, 'running');
    const [found] = await containers();
    const container = docker.getContainer(found?.Id ?? '');
    const facts = await container.inspect();
    expect(JSON.stringify(facts)).not.toContain(api.workerToken);
    const top = (await container.top({ ps_args: '-eo pid,args' })) as { Processes: string[][] };
    expect(top.Processes.flat().join(' ')).not.toContain(api.workerToken);
    expect(facts.HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false, Memory: 2 ** 29, NanoCpus: 1e9, PidsLimit: 128, SecurityOpt: ['no-new-privileges:true'] });
    expect(await api.sql`select name, device_name as uid from worker`).toEqual([{ name: facts.Name.slice(1), uid: '10001' }]);
    const volumes = facts.Mounts.map((mount) => mount.Name ?? '').filter((name) => !name.startsWith(deployment));
    expect(volumes).toHaveLength(1);

    await closing.pop()?.();
    expect(await containers()).toEqual([]);
    const left = (await docker.listVolumes()).Volumes.map(({ Name }) => Name);
    expect(left).not.toContain(volumes[0]);
  }, 60_000);

  it('lets a worker take run after run, and takes its container away when it ends', async () => {
    dispatcher(launcher(works), 2);
    const ids = [await create(), await create(), await create()];
    for (const id of ids) await becomes(id, 'succeeded');
    expect((await containers()).length).toBeLessThanOrEqual(2);
    await until('no container', async () => (await containers()).length === 0, 20);
  }, 60_000);

  it('gives the run of a container that was killed to another one, without waiting for its lease', async () => {
    dispatcher(launcher(holds));
    const id = await create();
    await becomes(id, 'running');
    const [found] = await containers();
    await docker.getContainer(found?.Id ?? '').kill();
    await api.sql`update run set lease_expires_at = now() + interval '1 hour' where attempt = 1`;
    await until('another worker has it', async () => (await get(id)).attempt === 2, 20);
    const [ended] = await api.sql<{ outcome: string; failure: object }[]>`select outcome, failure from attempt where number = 1`;
    expect(ended).toEqual({ outcome: 'lost', failure: { code: 'worker_lost', message: 'The worker ended in the midst of it (exit code 137).' } });
  }, 60_000);

  it('goes on with the containers of a dispatcher that was killed, and stops them when it closes', async () => {
    const id = await create();
    await api.sql`update run set status = 'launching', launched_at = now()`;
    // As a dispatcher leaves it that dies here.
    const killed = launcher(holds);
    await killed.launch(id);
    await becomes(id, 'running');
    dispatcher(launcher(holds));
    await new Promise((resolve) => setTimeout(resolve, 7000));
    expect(await get(id)).toMatchObject({ status: 'running', attempt: 1 });
    expect(await containers()).toHaveLength(1);
    await closing.pop()?.();
    expect(await containers()).toEqual([]);
  }, 60_000);

  it('starts a worker at once for a run whose dispatcher died before it could', async () => {
    const id = await create();
    await api.sql`update run set status = 'launching', launched_at = now()`;
    dispatcher(launcher(works));
    await becomes(id, 'succeeded');
    expect((await get(id)).attempt).toBe(1);
  }, 60_000);

  it('stops a worker that never asks for work, and starts another one in its place', async () => {
    dispatcher(launcher(['node', '-e', 'setInterval(() => undefined, 1000)']), 1, { launchSeconds: 1, silentSeconds: 3 });
    await create();
    const ids = async () => (await containers()).map(({ Id }) => Id);
    await until('a container', async () => (await ids()).length === 1, 20);
    const [first] = await ids();
    await until('another container', async () => (await ids()).some((id) => id !== first), 30);
    expect(await ids()).not.toContain(first);
  }, 60_000);

  it.each([
    ['whose worker ends at once, with its last words', () => launcher(['node', '-e', 'console.error("no driver here"); process.exit(3)']), /exit code 3: no driver here/],
    ['for whose worker there is no image', () => launcher(works, { image: 'thaw-nowhere:1' }), /no image thaw-nowhere:1/],
    ['for whose GPU the Docker host has no driver', () => launcher(works, { gpus: 'all' }), /could not select device driver/],
  ])('says of a run %s', async (_, of, words) => {
    dispatcher(of());
    const id = await create();
    await until('the run fails', async () => (await get(id)).failure !== null, 90);
    expect((await get(id)).failure?.message).toMatch(words);
    await closing.pop()?.();
    expect(await containers()).toEqual([]);
  }, 120_000);
});
