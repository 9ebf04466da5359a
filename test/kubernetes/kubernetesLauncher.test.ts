import { CoreV1Api, type V1Job, type V1Pod } from '@kubernetes/client-node';
import { openCluster } from '@thaw/api/dispatch/kubernetes/cluster';
import { jobSettings } from '@thaw/api/dispatch/kubernetes/jobSettings';
import { kubernetesLauncher } from '@thaw/api/dispatch/kubernetes/kubernetesLauncher';
import { readDispatcherEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import type { Run } from '@thaw/contract/runs';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import { startServer, type ServerProcess } from '@thaw/infra/stack/serverProcess';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, smallRun, startApi, until, type Api, type Person } from '../integration/apiHarness.ts';
import { namespace, startCluster, type TestCluster } from './cluster.ts';
import { claimIn } from './podWorker.ts';

/** Programs of a control plane: `npm run test:kubernetes` names their folder. */
const binaries = process.env['THAW_KUBERNETES'];

describe.skipIf(binaries === undefined)('the launcher of Kubernetes Jobs', () => {
  let api: Api;
  let alice: Person;
  let cluster: TestCluster;
  const dispatchers: ServerProcess[] = [];

  beforeAll(async () => {
    api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '60' } });
    alice = await api.person('alice');
    cluster = await startCluster({ binaries: binaries ?? '', workerToken: api.workerToken, gpus: 4 });
  }, 180_000);
  afterEach(async () => {
    for (const { stop } of dispatchers.splice(0)) await stop();
    await cluster.clear();
    await api.sql`delete from run`;
    await api.sql`delete from worker`;
  }, 60_000);
  afterAll(async () => {
    await cluster?.stop();
    await api?.stop();
  }, 60_000);

  const gpuPod = {
    resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi' } },
    gpu: 'nvidia.com/gpu',
    nodeSelector: { pool: 'gpu' },
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  };
  /** kwok leaves such Pods as the scheduler has placed them. */
  const byHand = { ...gpuPod, annotations: { kubelet: 'test' } };

  const environment = (pod: object, more: NodeJS.ProcessEnv = {}) => ({
    DATABASE_URL: api.environment['DATABASE_URL'],
    KUBECONFIG: cluster.kubeconfig,
    THAW_LAUNCHER: 'kubernetes',
    THAW_DEPLOYMENT: 'test',
    THAW_API_URL: api.url,
    THAW_WORKER_TOKEN_SECRET: 'thaw-worker',
    THAW_WORKER_IMAGE: 'thaw-worker-gpu:0.1.0',
    THAW_WORKER_POD: JSON.stringify(pod),
    MAX_WORKERS: '10',
    ...more,
  });
  let started = 0;
  /** A dispatcher as a process, with the rights of its service account. */
  async function dispatch(pod: object = gpuPod, more: NodeJS.ProcessEnv = {}): Promise<{ process: ServerProcess; said: () => string }> {
    const logFile = path.join(cluster.folder, `dispatcher-${++started}.log`);
    const args = [path.join(repositoryRoot, 'apps/api/src/dispatcher.ts')];
    const { PATH, HOME } = process.env;
    const dispatcher = await startServer({ name: 'dispatcher', command: process.execPath, args, env: { PATH, HOME, ...environment(pod, more) }, logFile, stopSignal: 'SIGTERM', graceMilliseconds: 10_000 });
    dispatchers.push(dispatcher);
    const said = (): string => readFileSync(logFile, 'utf8');
    await until('the dispatcher is ready', () => Promise.resolve(said().includes('the dispatcher is ready')), 60);
    return { process: dispatcher, said };
  }
  /** The launcher alone. */
  const launcher = (pod: object = gpuPod) => {
    const variables = environment(pod);
    const env = readDispatcherEnvironment(variables);
    const settings = env.THAW_LAUNCHER === 'kubernetes' ? jobSettings(env, variables).runs : null;
    if (settings === null) throw new Error('no settings');
    const own = openCluster(null, cluster.as(cluster.token, namespace));
    return kubernetesLauncher({ cluster: own, deployment: 'test', queue: 'run', settings, log: createLog('test', 'silent'), hopelessSeconds: 60, roomSeconds: null });
  };
  const create = async () => (await alice.call<Run>('POST', '/v1/runs', smallRun)).body.id;
  const get = async (id: string) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body;
  const nameOf = ({ metadata }: V1Job | V1Pod): string => metadata?.name ?? '';
  const living = async () => (await cluster.jobs()).filter(({ metadata }) => metadata?.labels?.['thaw.noted'] === undefined);
  const running = async () => (await cluster.pods()).filter(({ status }) => status?.phase === 'Running');
  const count = (what: string, of: () => Promise<unknown[]>, wanted: number, seconds = 20) => until(`${wanted} ${what}`, async () => (await of()).length === wanted, seconds, 20);
  const onlyPod = async (): Promise<V1Pod> => {
    const [pod] = await cluster.pods();
    if (pod === undefined) throw new Error('there is no Pod');
    return pod;
  };
  const rest = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const note = (line: string): void => console.log(`kubernetes: ${line}`);

  it('starts a Job for a run that the standard "restricted" admits, keeps the token out of it, and leaves nothing once it has ended', async () => {
    // The namespace does refuse others.
    const plain = { metadata: { name: 'plain' }, spec: { containers: [{ name: 'c', image: 'thaw:1' }] } };
    await expect(cluster.core.createNamespacedPod({ namespace, body: plain })).rejects.toThrow(/violates PodSecurity/);
    const { said } = await dispatch(gpuPod, { THAW_JOB_TTL_SECONDS: '1' });
    const id = await create();
    await count('Pods that run', running, 1);
    const pod = await onlyPod();
    expect(pod.spec).toMatchObject({ nodeName: 'gpu-node', containers: [{ resources: { limits: { 'nvidia.com/gpu': '1' } } }] });
    expect(pod.metadata?.labels).toMatchObject({ 'thaw.deployment': 'test', 'thaw.queue': 'run', 'thaw.work': id });
    expect(JSON.stringify([await cluster.jobs(), pod])).not.toContain(api.workerToken);

    const claimed = await claimIn(cluster, api, pod);
    expect(claimed).toMatchObject({ run: id, attempt: 1 });
    expect(await api.sql`select name from worker`).toEqual([{ name: (await cluster.jobs())[0]?.metadata?.name }]);
    await claimed?.finish();
    await cluster.endPod(nameOf(pod), 0);
    await until('that the dispatcher has noted its end', () => Promise.resolve(said().includes('worker ended')), 20);
    await count('Jobs', cluster.jobs, 0);
    await count('Pods', cluster.pods, 0);
    expect((await get(id)).status).toBe('succeeded');
    expect(said()).not.toContain('launch for a run failed');
  }, 90_000);

  it('has a Pod scheduled soon after a run was asked for, each time', async () => {
    await dispatch();
    const times: { scheduled: number; running: number }[] = [];
    for (let i = 0; i < 7; i++) {
      const start = performance.now();
      const id = await create();
      await count('Pods on a node', cluster.placed, 1);
      const scheduled = performance.now() - start;
      await count('Pods that run', running, 1);
      times.push({ scheduled, running: performance.now() - start });
      await alice.call('POST', `/v1/runs/${id}/cancel`);
      await cluster.endPod(nameOf(await onlyPod()), 0);
      await count('living Jobs', living, 0);
      await cluster.clear();
    }
    const of = (key: 'scheduled' | 'running'): string => {
      const sorted = times.map((one) => Math.round(one[key])).sort((a, b) => a - b);
      return `median ${sorted[3]} ms, from ${sorted[0]} to ${sorted[6]} ms`;
    };
    note(`from "queued" to a scheduled Pod: ${of('scheduled')}; to one that runs (its image is there): ${of('running')}`);
    expect(times.every(({ scheduled }) => scheduled < 5000)).toBe(true);
  }, 120_000);

  it('starts a worker for each run on a node of four GPUs, leaves two of six waiting, and starts no seventh', async () => {
    // Runs that no worker claims in time wait again; their workers still come.
    const { said } = await dispatch(gpuPod, { THAW_LAUNCH_SECONDS: '3' });
    for (let i = 0; i < 6; i++) await create();
    await count('Pods on the node', cluster.placed, 4);
    await until('the runs wait again', () => Promise.resolve((said().match(/no worker claimed the run in time/g) ?? []).length >= 2), 20);
    await rest(4);
    expect(await cluster.jobs()).toHaveLength(6);
    expect(await cluster.placed()).toHaveLength(4);
    expect(said()).toMatch(/no node has room for it: 0\/1 nodes are available: 1 Insufficient nvidia.com\/gpu/);
    note('6 runs on 4 GPUs: 6 Jobs, 4 Pods on the node, 2 waiting, after all of them had been asked for again');

    // A GPU that becomes free goes to one of those.
    const [first] = await running();
    if (first === undefined) throw new Error('no Pod runs');
    await (await claimIn(cluster, api, first))?.finish();
    await cluster.endPod(nameOf(first), 0);
    await until('its end is noted', async () => (await cluster.jobs()).length > (await living()).length, 20);
    await count('living Jobs', living, 5);
    await count('Pods that run', running, 4);
  }, 90_000);

  it('takes a worker away that still waits for a GPU when its run is cancelled, and no other', async () => {
    await dispatch();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await create());
    await count('Pods on the node', cluster.placed, 4);
    await count('Jobs', cluster.jobs, 5);
    await alice.call('POST', `/v1/runs/${ids[0]}/cancel`);
    await count('Jobs', cluster.jobs, 4);
    await rest(2);
    expect(await cluster.placed()).toHaveLength(4);
    expect(await cluster.jobs()).toHaveLength(4);
    expect((await get(ids[0] ?? '')).status).toBe('cancelled');
  }, 90_000);

  it('leaves workers at their work when the dispatcher is stopped or killed, and the next one goes on with them', async () => {
    const first = await dispatch();
    const id = await create();
    await count('Pods that run', running, 1);
    const claimed = await claimIn(cluster, api, await onlyPod());
    const waiting = await create();
    await count('Jobs', cluster.jobs, 2);
    process.kill(first.process.pid, 'SIGKILL');
    await first.process.ended;
    const second = await dispatch();
    await until('the workers are found', () => Promise.resolve((second.said().match(/worker found that an earlier dispatcher has started/g) ?? []).length === 2), 10);
    await rest(3);
    await second.process.stop();
    expect(await claimed?.heartbeat()).toBe('continue');
    expect(await cluster.jobs()).toHaveLength(2);
    expect(await running()).toHaveLength(2);
    expect(await get(id)).toMatchObject({ status: 'running', attempt: 1 });
    expect((await get(waiting)).status).toBe('launching');
  }, 120_000);

  it('starts one worker for a run, whoever starts it and however often', async () => {
    const [one, other] = [launcher(), launcher()];
    await Promise.all([one.launch('run_1'), other.launch('run_1')]);
    await one.launch('run_1');
    const [job] = await cluster.jobs();
    expect(await cluster.jobs()).toHaveLength(1);
    expect(await other.list()).toEqual([{ name: job?.metadata?.name, launchedFor: 'run_1', ended: null, waits: expect.any(Boolean) as boolean }]);
    // One that has looked, and finds that this one is not enough, starts another.
    await other.launch('run_1');
    await other.launch('dataset_1/2');
    const listed = await other.list();
    expect(listed.map(({ launchedFor }) => launchedFor).sort()).toEqual(['dataset_1/2', 'run_1', 'run_1']);
    await other.stop(job?.metadata?.name ?? '', 10);
    expect(await other.list()).toContainEqual({ name: job?.metadata?.name, launchedFor: 'run_1', ended: 'its Job was deleted' });
    expect(await other.list()).toHaveLength(2);
  }, 60_000);

  it('starts a worker at once for a run whose dispatcher died before it could', async () => {
    const id = await create();
    await api.sql`update run set status = 'launching', launched_at = now()`;
    await dispatch();
    await count('Pods that run', running, 1);
    expect(await claimIn(cluster, api, await onlyPod())).toMatchObject({ run: id, attempt: 1 });
  }, 60_000);

  it.each<[string, (pod: string) => Promise<void>, RegExp]>([
    ['whose worker ends at once', (pod) => cluster.endPod(pod, 3, { reason: 'Error', message: 'loading\nno driver here\n' }), /exit code 3: no driver here/],
    ['whose worker has too little memory', (pod) => cluster.endPod(pod, 137, { reason: 'OOMKilled' }), /it had not enough memory/],
    ['whose Pod is evicted', (pod) => cluster.setPod(pod, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }), /its node evicted it: The node was low on resource: memory/],
    ['whose Job is deleted by hand', async () => (await cluster.clear(), undefined), /its Job was deleted/],
    ['whose Pod is deleted by hand', async (pod) => void (await cluster.core.deleteNamespacedPod({ name: pod, namespace })), /its Pod was deleted/],
    [
      'whose image is not there',
      (pod) => cluster.setPod(pod, { containerStatuses: [{ name: 'worker', image: 'i', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }] }),
      /the cluster cannot fetch the image thaw-worker-gpu:0.1.0: not found/,
    ],
  ])('says of a run %s what happened, and starts another worker for it', async (_, happen, words) => {
    const { said } = await dispatch(byHand, { THAW_LAUNCH_SECONDS: '8' });
    const id = await create();
    await count('Pods on a node', cluster.placed, 1);
    await happen(nameOf(await onlyPod()));
    await until('the launch has failed', () => Promise.resolve(said().includes('launch for a run failed')), 20);
    expect(JSON.parse(said().split('\n').find((line) => line.includes('launch for a run failed')) ?? '')).toMatchObject({ run: id, reason: expect.stringMatching(words) as string, next: 'queued' });
    await count('living Jobs', living, 1);
    expect((await get(id)).status).not.toBe('failed');
  }, 60_000);

  it('concludes nothing while the API server is away, and goes on when it is back', async () => {
    const { said } = await dispatch();
    const id = await create();
    await count('Pods that run', running, 1);
    const claimed = await claimIn(cluster, api, await onlyPod());
    const launching = await create();
    await count('Pods that run', running, 2);
    await cluster.stopServer();
    await until('the dispatcher has noticed', () => Promise.resolve(said().includes('no worker can be started now')), 30);
    const later = await create();
    await rest(5);
    expect(await claimed?.heartbeat()).toBe('continue');
    expect([(await get(id)).status, (await get(launching)).status, (await get(later)).status]).toEqual(['running', 'launching', 'queued']);
    await cluster.startServer();
    await count('Jobs', cluster.jobs, 3, 60);
    expect(await get(id)).toMatchObject({ status: 'running', attempt: 1 });
    expect(said()).not.toContain('launch for a run failed');
  }, 150_000);

  it('waits where a quota leaves no room, says why, and goes on when there is some', async () => {
    const hard = { pods: '1' };
    await cluster.core.createNamespacedResourceQuota({ namespace, body: { metadata: { name: 'few' }, spec: { hard } } });
    try {
      await until('the quota is counted', async () => (await cluster.core.readNamespacedResourceQuota({ name: 'few', namespace })).status?.used?.['pods'] === '0', 20);
      const { said } = await dispatch();
      await create();
      await create();
      await count('Pods that run', running, 1);
      await until('the reason is known', () => Promise.resolve(/Kubernetes does not admit it: .*exceeded quota: few/.test(said())), 20);
      await rest(3);
      expect(await cluster.jobs()).toHaveLength(2);
    } finally {
      await cluster.core.deleteNamespacedResourceQuota({ name: 'few', namespace });
    }
    await count('Pods that run', running, 2, 60);
  }, 120_000);

  it('gives a worker up that finds no room for as long as it may, where that is wanted', async () => {
    const { said } = await dispatch({ ...gpuPod, nodeSelector: { pool: 'none' } }, { THAW_UNSCHEDULABLE_MINUTES: '0.05', THAW_LAUNCH_SECONDS: '60' });
    const id = await create();
    await until('the launch has failed', () => Promise.resolve(said().includes('launch for a run failed')), 30);
    expect(said()).toMatch(/no node has room for it: .*didn't match Pod's node affinity\/selector/);
    expect((await get(id)).status).not.toBe('failed');
  }, 60_000);

  it('waits for Kueue to let a Job start, and starts no other meanwhile', async () => {
    const { said } = await dispatch({ ...gpuPod, kueueQueue: 'training' }, { THAW_LAUNCH_SECONDS: '2' });
    await create();
    await count('Jobs', cluster.jobs, 1);
    await rest(5);
    const [job, ...more] = await cluster.jobs();
    expect(more).toEqual([]);
    expect(job).toMatchObject({ metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'training' } }, spec: { suspend: true } });
    expect(await cluster.pods()).toEqual([]);
    // As Kueue does when there is room.
    if (job?.spec !== undefined) await cluster.batch.replaceNamespacedJob({ name: nameOf(job), namespace, body: { ...job, spec: { ...job.spec, suspend: false } } });
    await count('Pods that run', running, 1);
    expect(await claimIn(cluster, api, await onlyPod())).toMatchObject({ attempt: 1 });
    expect(said()).not.toContain('worker ended');
  }, 60_000);

  it('has no right to read what is secret, nor anything elsewhere', async () => {
    const own = cluster.as(cluster.token, namespace).makeApiClient(CoreV1Api);
    await expect(own.readNamespacedSecret({ name: 'thaw-worker', namespace })).rejects.toThrow(/forbidden/);
    await expect(own.listNamespacedPod({ namespace: 'default' })).rejects.toThrow(/forbidden/);
  });
});
