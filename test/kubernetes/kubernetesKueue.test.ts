import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../integration/apiHarness.ts';
import { ask, create } from './apiServer.ts';
import { namespace } from './cluster.ts';
import { startKueue } from './kueue.ts';
import { binaries, gpuPod, nameOf, note, rest, startLauncherWorld, type LauncherWorld } from './launcherWorld.ts';
import { claimIn, type Claimed } from './podWorker.ts';

/** Its controller: `npm run test:kubernetes` names it. */
const program = process.env['THAW_KUEUE'];

describe.skipIf(binaries === undefined || program === undefined)('Jobs in a queue of Kueue', () => {
  let world: LauncherWorld;
  const pod = { ...gpuPod, kueueQueue: 'training' };
  const apiVersion = 'kueue.x-k8s.io/v1beta2';

  beforeAll(async () => {
    world = await startLauncherWorld();
    const { plane, folder } = world.cluster;
    await startKueue(plane, program ?? '', path.join(folder, 'kueue'));
    const quota = { cpu: '64', memory: '256Gi', 'nvidia.com/gpu': '1' };
    const resources = Object.entries(quota).map(([name, nominalQuota]) => ({ name, nominalQuota }));
    const resourceGroups = [{ coveredResources: Object.keys(quota), flavors: [{ name: 'gpu', resources }] }];
    const objects = [
      { kind: 'ResourceFlavor', metadata: { name: 'gpu' }, spec: { nodeLabels: { pool: 'gpu' } } },
      { kind: 'ClusterQueue', metadata: { name: 'all' }, spec: { namespaceSelector: {}, resourceGroups } },
      { kind: 'LocalQueue', metadata: { name: 'training', namespace }, spec: { clusterQueue: 'all' } },
    ];
    for (const one of objects) await create(plane.admin, { apiVersion, ...one } as KubernetesObject, one.kind === 'LocalQueue' ? namespace : null);
  }, 180_000);
  afterEach(() => world.clear(), 60_000);
  afterAll(() => world?.stop(), 60_000);

  const at = (kind: string, where: string | null) => `/apis/${apiVersion}${where === null ? '' : `/namespaces/${where}`}/${kind}`;
  const suspended = async () => (await world.cluster.jobs()).filter(({ spec }) => spec?.suspend === true);
  /** What Kueue has of a Job in its books. */
  const workloadsOf = async (job: string): Promise<KubernetesObject[]> => {
    const { items } = (await ask(world.cluster.plane.admin, 'GET', at('workloads', namespace))).body as { items: KubernetesObject[] };
    return items.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.name === job);
  };

  /** A worker takes the run that it was started for. */
  async function claimOwn(pod: V1Pod): Promise<Claimed> {
    const claimed = await claimIn(world.cluster, world.api, pod, pod.metadata?.labels?.['thaw.work']);
    if (claimed === null) throw new Error('its run is not to be had');
    return claimed;
  }

  it('start one after the other where the quota is one GPU, and wait before', async () => {
    const { said } = await world.dispatch(pod);
    const ids = [await world.create(), await world.create(), await world.create()];
    await world.count('Jobs', world.cluster.jobs, 3);
    await world.count('Pods that run', world.running, 1);
    await rest(3);
    const states = (await world.launcher().list()).map(({ ended, waits }) => ({ ended, waits }));
    expect(states.sort((a, b) => Number(a.waits) - Number(b.waits))).toEqual([false, true, true].map((waits) => ({ ended: null, waits })));
    const done = [];
    for (let left = 3; left > 0; left--) {
      await world.count('Pods that run', world.running, 1);
      expect(await world.living()).toHaveLength(left);
      expect(await suspended()).toHaveLength(left - 1);
      const [one] = await world.running();
      if (one === undefined) throw new Error('no Pod runs');
      const claimed = await claimOwn(one);
      expect(claimed).toMatchObject({ attempt: 1 });
      done.push(claimed.run);
      await claimed.finish();
      await world.cluster.endPod(nameOf(one), 0);
      const ended = performance.now();
      await until('the next one runs', async () => (await world.running()).every((other) => nameOf(other) !== nameOf(one)) && (await world.running()).length === Math.min(left - 1, 1), 20);
      note(`Kueue: the next ran ${Math.round(performance.now() - ended)} ms after the end of one, ${left - 1} had waited`);
    }
    expect(done.sort()).toEqual(ids.sort());
    expect(said()).not.toContain('launch for a run failed');
  }, 120_000);

  it('leave their place in it when their run is cancelled before they could start', async () => {
    await world.dispatch(pod);
    await world.create();
    await world.count('Pods that run', world.running, 1);
    const id = await world.create();
    await world.count('Jobs', world.cluster.jobs, 2);
    const job = nameOf((await world.cluster.jobs()).find(({ metadata }) => metadata?.labels?.['thaw.work'] === id) ?? {});
    await world.count('Workloads', () => workloadsOf(job), 1);
    await world.cancel(id);
    await world.count('Jobs', world.cluster.jobs, 1);
    // Kubernetes' collector looks for new kinds of objects every 30 seconds.
    await world.count('Workloads', () => workloadsOf(job), 0, 60);
    expect(await world.running()).toHaveLength(1);
  }, 90_000);

  it('go on later where Kueue takes their place away, and there is no other meanwhile', async () => {
    const { said } = await world.dispatch(pod);
    const id = await world.create();
    await world.count('Pods that run', world.running, 1);
    const first = await world.onlyPod();
    const claimed = await claimOwn(first);
    const setStop = (stopPolicy: string) => ask(world.cluster.plane.admin, 'PATCH', `${at('clusterqueues', null)}/all`, { spec: { stopPolicy } }, 'application/merge-patch+json');
    expect((await setStop('HoldAndDrain')).status).toBe(200);
    try {
      await world.count('Jobs that are held back', suspended, 1);
      await world.count('Pods', world.cluster.pods, 0);
      // Told to stop, it gives the run back.
      await claimed.finish('stopped');
      await rest(4);
      expect(await world.cluster.jobs()).toHaveLength(1);
    } finally {
      await setStop('None');
    }
    await world.count('Pods that run', world.running, 1);
    const again = await world.onlyPod();
    expect(nameOf(again)).not.toBe(nameOf(first));
    expect(await claimOwn(again)).toMatchObject({ run: id, attempt: 2 });
    expect(said()).not.toContain('worker ended');
  }, 90_000);
});
