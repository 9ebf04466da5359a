import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../integration/apiHarness.ts';
import { namespace } from './cluster.ts';
import { binaries, gpuPod, nameOf, note, rest, startLauncherWorld, type LauncherWorld } from './launcherWorld.ts';
import { claimIn } from './podWorker.ts';

describe.skipIf(binaries === undefined)('the launcher of Kubernetes Jobs', () => {
  let world: LauncherWorld;

  beforeAll(async () => {
    world = await startLauncherWorld();
  }, 180_000);
  afterEach(() => world.clear(), 60_000);
  afterAll(() => world?.stop(), 60_000);

  it('starts a Job for a run that the standard "restricted" admits, keeps the token out of it, and leaves nothing once it has ended', async () => {
    // The namespace does refuse others.
    const plain = { metadata: { name: 'plain' }, spec: { containers: [{ name: 'c', image: 'thaw:1' }] } };
    await expect(world.cluster.core.createNamespacedPod({ namespace, body: plain })).rejects.toThrow(/violates PodSecurity/);
    const { said, says } = await world.dispatch(gpuPod, { THAW_JOB_TTL_SECONDS: '3' });
    const id = await world.create();
    await world.count('Pods that run', world.running, 1);
    const pod = await world.onlyPod();
    expect(pod.spec).toMatchObject({ nodeName: 'gpu-node', containers: [{ resources: { limits: { 'nvidia.com/gpu': '1' } } }] });
    expect(pod.metadata?.labels).toMatchObject({ 'thaw.deployment': 'test', 'thaw.queue': 'run', 'thaw.work': id });
    expect(JSON.stringify([await world.cluster.jobs(), pod])).not.toContain(world.api.workerToken);

    const claimed = await claimIn(world.cluster, world.api, pod);
    expect(claimed).toMatchObject({ run: id, attempt: 1 });
    expect(await world.api.sql`select name from worker`).toEqual([{ name: (await world.cluster.jobs())[0]?.metadata?.annotations?.['thaw.worker'] }]);
    await claimed?.finish();
    await world.cluster.endPod(nameOf(pod), 0);
    await says('worker ended');
    await world.count('Jobs', world.cluster.jobs, 0);
    await world.count('Pods', world.cluster.pods, 0);
    expect((await world.get(id)).status).toBe('succeeded');
    expect(said()).not.toContain('launch for a run failed');
  }, 90_000);

  it('has a Pod scheduled soon after a run was asked for, each time', async () => {
    await world.dispatch();
    const times: { scheduled: number; running: number }[] = [];
    for (let i = 0; i < 7; i++) {
      const start = performance.now();
      const id = await world.create();
      await world.count('Pods on a node', world.cluster.placed, 1);
      const scheduled = performance.now() - start;
      await world.count('Pods that run', world.running, 1);
      times.push({ scheduled, running: performance.now() - start });
      await world.cancel(id);
      await world.cluster.endPod(nameOf(await world.onlyPod()), 0);
      await world.count('living Jobs', world.living, 0);
      await world.cluster.clear();
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
    const { said } = await world.dispatch(gpuPod, { THAW_LAUNCH_SECONDS: '3' });
    for (let i = 0; i < 6; i++) await world.create();
    await world.count('Pods on the node', world.cluster.placed, 4);
    await until('the runs wait again', () => Promise.resolve((said().match(/no worker claimed the run in time/g) ?? []).length >= 2), 20);
    await rest(4);
    expect(await world.cluster.jobs()).toHaveLength(6);
    expect(await world.cluster.placed()).toHaveLength(4);
    expect(said()).toMatch(/no node has room for it: 0\/1 nodes are available: 1 Insufficient nvidia.com\/gpu/);
    note('6 runs on 4 GPUs: 6 Jobs, 4 Pods on the node, 2 waiting, after all of them had been asked for again');

    // A GPU that becomes free goes to one of those.
    const [first] = await world.running();
    if (first === undefined) throw new Error('no Pod runs');
    await (await claimIn(world.cluster, world.api, first))?.finish();
    await world.cluster.endPod(nameOf(first), 0);
    await until('its end is noted', async () => (await world.cluster.jobs()).length > (await world.living()).length, 20);
    await world.count('living Jobs', world.living, 5);
    await world.count('Pods that run', world.running, 4);
  }, 90_000);

  it('takes a worker away that still waits for a GPU when its run is cancelled, and no other', async () => {
    await world.dispatch();
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await world.create());
    await world.count('Pods on the node', world.cluster.placed, 4);
    await world.count('Jobs', world.cluster.jobs, 5);
    const placed = (await world.cluster.placed()).map(({ metadata }) => metadata?.labels?.['thaw.work']);
    const last = ids.find((id) => !placed.includes(id)) ?? '';
    await world.cancel(last);
    await world.count('Jobs', world.cluster.jobs, 4);
    await rest(2);
    expect(await world.cluster.placed()).toHaveLength(4);
    expect(await world.cluster.jobs()).toHaveLength(4);
    expect((await world.get(last)).status).toBe('cancelled');
  }, 90_000);

  it('leaves workers at their work when the dispatcher is stopped or killed, and the next one goes on with them', async () => {
    const first = await world.dispatch();
    const id = await world.create();
    await world.count('Pods that run', world.running, 1);
    const claimed = await claimIn(world.cluster, world.api, await world.onlyPod());
    const waiting = await world.create();
    await world.count('Jobs', world.cluster.jobs, 2);
    process.kill(first.process.pid, 'SIGKILL');
    await first.process.ended;
    const second = await world.dispatch();
    await until('the workers are found', () => Promise.resolve((second.said().match(/worker found that an earlier dispatcher has started/g) ?? []).length === 2), 10);
    await rest(3);
    await second.process.stop();
    expect(await claimed?.heartbeat()).toBe('continue');
    expect(await world.cluster.jobs()).toHaveLength(2);
    expect(await world.running()).toHaveLength(2);
    expect(await world.get(id)).toMatchObject({ status: 'running', attempt: 1 });
    expect((await world.get(waiting)).status).toBe('launching');
  }, 120_000);

  it('starts one worker for a run, whoever starts it and however often', async () => {
    const [one, other] = [world.launcher(), world.launcher()];
    await Promise.all([one.launch('run_1'), other.launch('run_1')]);
    await one.launch('run_1');
    const [job] = await world.cluster.jobs();
    expect(await world.cluster.jobs()).toHaveLength(1);
    const name = job?.metadata?.annotations?.['thaw.worker'] ?? '';
    expect(await other.list()).toEqual([{ name, launchedFor: 'run_1', ended: null, waits: expect.any(Boolean) as boolean }]);
    // One that has looked, and finds that this one is not enough, starts another.
    await other.launch('run_1');
    await other.launch('dataset_1/2');
    const listed = await other.list();
    expect(listed.map(({ launchedFor }) => launchedFor).sort()).toEqual(['dataset_1/2', 'run_1', 'run_1']);
    await other.stop(name, 10);
    expect(await other.list()).toContainEqual({ name, launchedFor: 'run_1', ended: 'its Job was deleted', lingers: true });
    expect(await other.list()).toHaveLength(2);
    // A Job may have the name of one that is gone; the worker has another.
    await other.launch('run_1');
    const again = (await world.cluster.jobs()).find(({ metadata }) => metadata?.name === job?.metadata?.name);
    expect(again?.metadata?.annotations?.['thaw.worker']).toMatch(/^test-run-[0-9a-f]{12}-0-[0-9a-f]{6}$/);
    expect(again?.metadata?.annotations?.['thaw.worker']).not.toBe(name);
  }, 60_000);

  it('starts a worker at once for a run whose dispatcher died before it could', async () => {
    const id = await world.create();
    await world.api.sql`update run set status = 'launching', launched_at = now()`;
    await world.dispatch();
    await world.count('Pods that run', world.running, 1);
    expect(await claimIn(world.cluster, world.api, await world.onlyPod())).toMatchObject({ run: id, attempt: 1 });
  }, 60_000);

  it('has no right to read what is secret, nor anything elsewhere', async () => {
    const own = world.cluster.as(world.cluster.token, namespace).makeApiClient(CoreV1Api);
    await expect(own.readNamespacedSecret({ name: 'thaw-worker', namespace })).rejects.toThrow(/forbidden/);
    await expect(own.listNamespacedPod({ namespace: 'default' })).rejects.toThrow(/forbidden/);
  });
});
