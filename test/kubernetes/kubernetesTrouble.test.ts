import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../integration/apiHarness.ts';
import { namespace } from './cluster.ts';
import { binaries, gpuPod, nameOf, rest, startLauncherWorld, type Dispatcher, type LauncherWorld } from './launcherWorld.ts';
import { claimIn, type Claimed } from './podWorker.ts';

describe.skipIf(binaries === undefined)('what goes wrong with Kubernetes Jobs', () => {
  let world: LauncherWorld;

  beforeAll(async () => {
    world = await startLauncherWorld();
  }, 180_000);
  afterEach(() => world.clear(), 60_000);
  afterAll(() => world?.stop(), 60_000);

  /** kwok leaves such Pods as the scheduler has placed them. */
  const byHand = { ...gpuPod, annotations: { kubelet: 'test' } };

  it.each<[string, (pod: string) => Promise<void>, RegExp]>([
    ['whose worker ends at once', (pod) => world.cluster.endPod(pod, 3, { reason: 'Error', message: 'loading\nno driver here\n' }), /exit code 3: no driver here/],
    ['whose worker has too little memory', (pod) => world.cluster.endPod(pod, 137, { reason: 'OOMKilled' }), /it had not enough memory/],
    ['whose Pod is evicted', (pod) => world.cluster.setPod(pod, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }), /its node evicted it: The node was low on resource: memory/],
    ['whose Job is deleted by hand', async () => (await world.cluster.clear(), undefined), /its Job was deleted/],
    ['whose Pod is deleted by hand', async (pod) => void (await world.cluster.core.deleteNamespacedPod({ name: pod, namespace })), /its Pod was deleted/],
    [
      'whose image is not there',
      (pod) => world.cluster.setPod(pod, { containerStatuses: [{ name: 'worker', image: 'i', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }] }),
      /the cluster cannot fetch the image thaw-worker-gpu:0.1.0: not found/,
    ],
  ])('says of a run %s what happened, and starts another worker for it', async (_, happen, words) => {
    const { said, says } = await world.dispatch(byHand, { THAW_LAUNCH_SECONDS: '8' });
    const id = await world.create();
    await world.count('Pods on a node', world.cluster.placed, 1);
    await happen(nameOf(await world.onlyPod()));
    await says('launch for a run failed');
    expect(JSON.parse(said().split('\n').find((line) => line.includes('launch for a run failed')) ?? '')).toMatchObject({ run: id, reason: expect.stringMatching(words) as string, next: 'queued' });
    await world.count('living Jobs', world.living, 1);
    expect((await world.get(id)).status).not.toBe('failed');
  }, 60_000);

  /** A run that a worker has in the midst of, whose Pod goes as the test says. */
  async function atWork(): Promise<{ dispatcher: Dispatcher; id: string; pod: string; claimed: Claimed }> {
    const dispatcher = await world.dispatch(byHand);
    const id = await world.create();
    await world.count('Pods on a node', world.cluster.placed, 1);
    const pod = await world.onlyPod();
    const image = pod.spec?.containers[0]?.image ?? '';
    await world.cluster.setPod(nameOf(pod), { phase: 'Running', containerStatuses: [{ name: 'worker', image, imageID: '', ready: true, restartCount: 0, state: { running: { startedAt: new Date() } } }] });
    const claimed = await claimIn(world.cluster, world.api, pod);
    if (claimed === null) throw new Error('there is no run for it');
    return { dispatcher, id, pod: nameOf(pod), claimed };
  }
  /** Long before its lease ends, which is for a minute. */
  const isLost = async (id: string, claimed: Claimed): Promise<void> => {
    await until('the run is taken from it', async () => (await world.get(id)).status !== 'running', 15);
    await expect(claimed.heartbeat()).rejects.toThrow(/heartbeat: 4/);
    await world.count('living Jobs', world.living, 1);
  };

  it.each<[string, (pod: string) => Promise<void>]>([
    ['had too little memory', (pod) => world.cluster.endPod(pod, 137, { reason: 'OOMKilled' })],
    ['was evicted by its node', (pod) => world.cluster.setPod(pod, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })],
    ['was deleted by force', async (pod) => void (await world.cluster.core.deleteNamespacedPod({ name: pod, namespace, gracePeriodSeconds: 0 }))],
    ['went with its node', (pod) => world.cluster.setPod(pod, { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' }], phase: 'Failed' })],
  ])('takes the run at once from a worker whose Pod %s', async (_, happen) => {
    const { id, pod, claimed } = await atWork();
    await happen(pod);
    await isLost(id, claimed);
  }, 60_000);

  it('leaves a worker its run whose Job was deleted: its Pod has its time to stop', async () => {
    const { dispatcher, id, claimed } = await atWork();
    await world.cluster.batch.deleteNamespacedJob({ name: nameOf((await world.cluster.jobs())[0] ?? {}), namespace, propagationPolicy: 'Background' });
    await dispatcher.says(/worker ended/);
    await rest(3);
    expect(await claimed.heartbeat()).toBe('continue');
    expect(await world.get(id)).toMatchObject({ status: 'running', attempt: 1 });
    await claimed.finish('stopped');
    await world.count('living Jobs', world.living, 1);
  }, 60_000);

  it('leaves a worker its run while its Pod, which is taken away, still has its time to stop, and no longer', async () => {
    const { id, pod, claimed } = await atWork();
    const hold = (finalizers: string[] | null) => world.cluster.core.patchNamespacedPod({ name: pod, namespace, body: { metadata: { finalizers } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
    await hold(['thaw.test/grace', 'batch.kubernetes.io/job-tracking']);
    await world.cluster.setPod(pod, { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] });
    await world.cluster.core.deleteNamespacedPod({ name: pod, namespace });
    await until('the Job knows', async () => (await world.cluster.jobs())[0]?.status?.conditions?.some(({ type }) => type === 'FailureTarget') === true, 20);
    await rest(3);
    expect(await claimed.heartbeat()).toBe('continue');
    expect(await world.cluster.jobs()).toHaveLength(1);
    await world.cluster.endPod(pod, 143);
    await hold(null);
    await isLost(id, claimed);
  }, 60_000);

  it('concludes nothing while the API server is away, and goes on when it is back', async () => {
    const { said, says } = await world.dispatch();
    const id = await world.create();
    await world.count('Pods that run', world.running, 1);
    const claimed = await claimIn(world.cluster, world.api, await world.onlyPod());
    const launching = await world.create();
    await world.count('Pods that run', world.running, 2);
    await world.cluster.stopServer();
    await says('no worker can be started now', 30);
    const later = await world.create();
    await rest(5);
    expect(await claimed?.heartbeat()).toBe('continue');
    expect([(await world.get(id)).status, (await world.get(launching)).status, (await world.get(later)).status]).toEqual(['running', 'launching', 'queued']);
    await world.cluster.startServer();
    await world.count('Jobs', world.cluster.jobs, 3, 60);
    expect(await world.get(id)).toMatchObject({ status: 'running', attempt: 1 });
    expect(said()).not.toContain('launch for a run failed');
  }, 150_000);

  it('waits where a quota leaves no room, says why, and goes on when there is some', async () => {
    const hard = { pods: '1' };
    await world.cluster.core.createNamespacedResourceQuota({ namespace, body: { metadata: { name: 'few' }, spec: { hard } } });
    try {
      await until('the quota is counted', async () => (await world.cluster.core.readNamespacedResourceQuota({ name: 'few', namespace })).status?.used?.['pods'] === '0', 20);
      const { says } = await world.dispatch();
      await world.create();
      await world.create();
      await world.count('Pods that run', world.running, 1);
      await says(/Kubernetes does not admit it: .*exceeded quota: few/);
      await rest(3);
      expect(await world.cluster.jobs()).toHaveLength(2);
    } finally {
      await world.cluster.core.deleteNamespacedResourceQuota({ name: 'few', namespace });
    }
    await world.count('Pods that run', world.running, 2, 60);
  }, 120_000);

  it('gives a worker up that finds no room for as long as it may, where that is wanted', async () => {
    const { said, says } = await world.dispatch({ ...gpuPod, nodeSelector: { pool: 'none' } }, { THAW_UNSCHEDULABLE_MINUTES: '0.05', THAW_LAUNCH_SECONDS: '60' });
    const id = await world.create();
    await says('launch for a run failed', 30);
    expect(said()).toMatch(/no node has room for it: .*didn't match Pod's node affinity\/selector/);
    expect((await world.get(id)).status).not.toBe('failed');
  }, 60_000);

  it('waits for Kueue to let a Job start, and starts no other meanwhile', async () => {
    const { said } = await world.dispatch({ ...gpuPod, kueueQueue: 'training' }, { THAW_LAUNCH_SECONDS: '2' });
    await world.create();
    await world.count('Jobs', world.cluster.jobs, 1);
    await rest(5);
    const [job, ...more] = await world.cluster.jobs();
    expect(more).toEqual([]);
    expect(job).toMatchObject({ metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'training' } }, spec: { suspend: true } });
    expect(await world.cluster.pods()).toEqual([]);
    // As Kueue does when there is room.
    if (job?.spec !== undefined) await world.cluster.batch.replaceNamespacedJob({ name: nameOf(job), namespace, body: { ...job, spec: { ...job.spec, suspend: false } } });
    await world.count('Pods that run', world.running, 1);
    expect(await claimIn(world.cluster, world.api, await world.onlyPod())).toMatchObject({ attempt: 1 });
    expect(said()).not.toContain('worker ended');
  }, 60_000);
});
