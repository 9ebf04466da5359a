import type { KubernetesObject } from '@kubernetes/client-node';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create } from './apiServer.ts';
import { namespace } from './cluster.ts';
import { openHelm } from './helm.ts';
import { startKeda } from './keda.ts';
import { binaries, gpuPod, metricsToken, nameOf, note, rest, startLauncherWorld, type LauncherWorld } from './launcherWorld.ts';
import { claimIn } from './podWorker.ts';
import { least } from './valueSets.ts';

/** Its operator: `npm run test:kubernetes` names it. */
const program = process.env['THAW_KEDA'];

describe.skipIf(binaries === undefined || program === undefined)('workers that KEDA starts', () => {
  let world: LauncherWorld;

  beforeAll(async () => {
    world = await startLauncherWorld();
    const { plane, folder, core } = world.cluster;
    await startKeda(plane, program ?? '', path.join(folder, 'keda'));
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'thaw-metrics' }, stringData: { token: metricsToken } } });
    const helm = openHelm({ folder, kubeconfig: plane.kubeconfig, namespace });
    const train = { ...gpuPod, max: 2, kueueQueue: 'training' };
    const objects = await helm.render({ ...least, workers: { launcher: 'keda', keda: { pollingSeconds: 1 }, train } });
    // This machine has no names of a cluster.
    const here = JSON.parse(JSON.stringify(objects).replaceAll(/http:\/\/thaw-api(\.thaw\.svc)?:3001/g, world.api.url)) as KubernetesObject[];
    for (const one of here) if (/^(ScaledJob|TriggerAuthentication)$/.test(one.kind ?? '')) await create(plane.admin, one, namespace);
  }, 600_000);
  afterAll(() => world?.stop(), 60_000);

  it('are as many as have something to do, and none without work', async () => {
    const { jobs } = world.cluster;
    const ended = async (): Promise<unknown[]> => (await jobs()).filter(({ status }) => status?.succeeded === 1);
    await rest(5);
    expect(await jobs()).toEqual([]);

    const ids = [await world.create(), await world.create(), await world.create()];
    const start = performance.now();
    await world.count('Pods that run', world.running, 2);
    note(`KEDA: from "queued" to Pods that run, asked each second: ${Math.round(performance.now() - start)} ms`);
    expect((await jobs()).map(({ metadata }) => metadata?.labels)).toEqual(Array(2).fill(expect.objectContaining({ 'scaledjob.keda.sh/name': 'thaw-train', 'kueue.x-k8s.io/queue-name': 'training' })));
    const done = [];
    for (let left = 3; left > 0; left--) {
      // At work or waiting for it: no worker more.
      await rest(3);
      expect(await jobs()).toHaveLength(Math.min(5 - left, 3));
      const [pod] = await world.running();
      if (pod === undefined) throw new Error('no Pod runs');
      const claimed = await claimIn(world.cluster, world.api, pod);
      done.push(claimed?.run);
      await rest(3);
      expect(await jobs()).toHaveLength(Math.min(5 - left, 3));
      await claimed?.finish();
      await world.cluster.endPod(nameOf(pod), 0);
      await world.count('Jobs that have ended', ended, 4 - left);
      await world.count('Pods that run', world.running, Math.min(left - 1, 2));
    }
    expect(done.sort()).toEqual(ids.sort());
    await rest(5);
    expect(await jobs()).toHaveLength(3);
  }, 180_000);
});
