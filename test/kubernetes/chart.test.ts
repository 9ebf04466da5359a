import { AppsV1Api, AuthorizationV1Api, BatchV1Api, CoreV1Api, SchedulingV1Api, NodeV1Api, PatchStrategy, setHeaderOptions, type KubeConfig, type KubernetesObject, type V1Secret } from '@kubernetes/client-node';
import { givenKey } from '@thaw/api/auth/tokens';
import { jobManifest } from '@thaw/api/dispatch/kubernetes/jobManifest';
import { jobSettings } from '@thaw/api/dispatch/kubernetes/jobSettings';
import { readDispatcherEnvironment, readServerEnvironment } from '@thaw/api/environment';
import { readEnvironment as readTrainerEnvironment } from '@thaw/gpu-worker/agent/environment';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../integration/apiHarness.ts';
import { temporaryFolder } from '../integration/servers.ts';
import { ask, dryRun } from './apiServer.ts';
import { startControlPlane, type ControlPlane } from './controlPlane.ts';
import { addDefinitions } from './crds.ts';
import { chart, environmentOf, openHelm, podTemplate, type Helm } from './helm.ts';
import { existing, least, valueSets } from './valueSets.ts';

const binaries = process.env['THAW_KUBERNETES'];
const namespace = 'thaw';

type Secrets = Record<string, Record<string, string>>;
const nameOf = ({ metadata }: KubernetesObject): string => metadata?.name ?? '';
const isA = (kind: string) => (object: KubernetesObject) => object.kind === kind;
const find = (objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject | undefined => objects.find((one) => one.kind === kind && nameOf(one) === name);
const inClear = (objects: readonly KubernetesObject[]): Secrets => Object.fromEntries(objects.filter(isA('Secret')).map((one) => [nameOf(one), (one as V1Secret).stringData ?? {}]));

describe.skipIf(binaries === undefined)('the chart', () => {
  const folder = temporaryFolder();
  let plane: ControlPlane;
  let helm: Helm;
  let core: CoreV1Api;

  beforeAll(async () => {
    plane = await startControlPlane({ folder: path.join(folder, 'plane'), binaries: binaries ?? '' });
    helm = openHelm({ folder, kubeconfig: plane.kubeconfig, namespace });
    core = plane.admin.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } } });
    for (const name of ['training', 'services']) await plane.admin.makeApiClient(SchedulingV1Api).createPriorityClass({ body: { metadata: { name }, value: 1000 } });
    await plane.admin.makeApiClient(NodeV1Api).createRuntimeClass({ body: { metadata: { name: 'nvidia' }, handler: 'nvidia' } });
    const capacity = { cpu: '64', memory: '256Gi', pods: '110', 'ephemeral-storage': '500Gi' };
    for (const name of ['one', 'two']) await core.createNode({ body: { metadata: { name, labels: { 'kubernetes.io/hostname': name } }, status: { capacity, allocatable: capacity } } });
    await addDefinitions(plane.admin, ['keda', 'prometheus']);
    await until('the default service account', async () => (await core.listNamespacedServiceAccount({ namespace })).items.length > 0, 30);
  }, 900_000);
  afterAll(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  describe.each(Object.entries(valueSets))('%s', (_, values) => {
    let objects: KubernetesObject[];
    beforeAll(async () => {
      objects = await helm.render(values);
    });

    it('is what Helm, the API server and the standard "restricted" admit', async () => {
      expect(await helm.lint(values)).toContain('0 chart(s) failed');
      const refusals = [];
      for (const object of objects) {
        refusals.push(await dryRun(plane.admin, object, namespace));
        const template = podTemplate(object);
        // Of a Deployment's Pods the standard only warns.
        if (template === null) continue;
        expect(template.spec?.automountServiceAccountToken).toBe(template.spec?.serviceAccountName !== undefined);
        // The account is not there yet.
        const spec = { ...template.spec, serviceAccountName: undefined };
        refusals.push(await dryRun(plane.admin, { apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: nameOf(object) }, spec } as KubernetesObject, namespace));
      }
      console.log(`${objects.length} objects: ${[...new Set(objects.map(({ kind }) => kind))].join(', ')}`);
      expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
    }, 60_000);

    it('gives every program what it reads, and no Secret that is nowhere', () => {
      const secrets = { ...existing, ...inClear(objects) };
      const environments = Object.fromEntries(
        objects.flatMap((object) => {
          const template = podTemplate(object);
          return template === null ? [] : [[`${template.metadata?.labels?.['app.kubernetes.io/component']}`, environmentOf(template, secrets)] as const];
        }),
      );
      expect(readServerEnvironment(environments['api'] ?? {}).DATABASE_URL).toMatch(/^postgres:/);
      const dispatcher = readDispatcherEnvironment(environments['dispatcher'] ?? {});
      expect(dispatcher.storage?.endpoint).toMatch(/^http/);
      expect(environments['web']?.['THAW_STORAGE_ORIGINS']).toMatch(/^https?:\/\/[^/]+$/);
      for (const kind of ['train', 'import', 'tasks']) {
        const variables = environments[kind];
        if (variables !== undefined) expect(readTrainerEnvironment({ ...variables, THAW_WORKER_TOKEN: 't' }).THAW_STORAGE).toBe('internal');
      }
      // They are done before they are killed.
      for (const spec of objects.map((object) => podTemplate(object)?.spec)) {
        const stop = spec?.containers[0]?.env?.find(({ name }) => name === 'THAW_STOP_SECONDS')?.value;
        if (spec?.containers[0]?.name === 'worker') expect(Number(stop)).toBe((spec.terminationGracePeriodSeconds ?? 0) - 5);
      }
      // Somebody starts trainers, or nobody is meant to.
      const trainers = [dispatcher.THAW_LAUNCHER === 'kubernetes' && dispatcher.THAW_WORKER_IMAGE !== undefined, environments['train'] !== undefined].filter((one) => one);
      expect(trainers).toHaveLength(values === valueSets['with workers elsewhere'] ? 0 : 1);
    });
  });

  it('starts the same Pods by a dispatcher, by KEDA and by itself', async () => {
    const { workers } = valueSets['with workers that always run'] as { workers: { train: object } };
    const of = async (launcher: string, standing: number) => helm.render({ ...least, workers: { launcher, idleSeconds: 60, train: { ...workers.train, standing } } });
    const template = (objects: KubernetesObject[], kind: string) => podTemplate(find(objects, kind, 'thaw-train') ?? {})?.spec;
    const dispatcher = environmentOf(podTemplate(find(await of('dispatcher', 0), 'Deployment', 'thaw-dispatcher') ?? {}) ?? {}, inClear(await of('dispatcher', 0)));
    const env = readDispatcherEnvironment(dispatcher);
    const settings = env.THAW_LAUNCHER === 'kubernetes' ? jobSettings(env, dispatcher).runs : null;
    if (settings === null) throw new Error('nothing is launched');
    const job = jobManifest({ name: 'a', worker: 'a-1', deployment: 'thaw', queue: 'run', workId: 'run_1', settings }).spec?.template.spec;
    const plain = (spec: typeof job, without: RegExp) =>
      JSON.parse(JSON.stringify({ ...spec, restartPolicy: '', imagePullSecrets: '', containers: spec?.containers.map((one) => ({ ...one, imagePullPolicy: '', env: one.env?.filter(({ name }) => !without.test(name)).sort((a, b) => a.name.localeCompare(b.name)) })) })) as object;
    const launched = plain(job, /WORKER_NAME/);
    expect(plain(template(await of('keda', 0), 'ScaledJob'), /^$/)).toEqual(launched);
    expect(plain(template(await of('none', 1), 'Deployment'), /IDLE/)).toEqual(plain(job, /WORKER_NAME|IDLE/));
  });

  describe('installed', () => {
    const config = (): KubeConfig => plane.admin;
    const release = 'thaw';
    const values = { ...least, metrics: { enabled: true } };
    let made: Secrets;

    /** Plays the kubelet that runs the set-up to its end. */
    async function withSetUp<T>(work: Promise<T>): Promise<T> {
      let over = false;
      const finish = work.finally(() => (over = true));
      finish.catch(() => undefined);
      while (!over) {
        for (const { metadata, status } of (await core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/component=setup' })).items)
          if (status?.phase === 'Running') await core.patchNamespacedPodStatus({ name: metadata?.name ?? '', namespace, body: { status: { phase: 'Succeeded' } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return finish;
    }
    const secretsNow = async (): Promise<Secrets> => {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector: `app.kubernetes.io/instance=${release}` });
      return Object.fromEntries(items.map(({ metadata, data }) => [metadata?.name ?? '', Object.fromEntries(Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))]));
    };
    const podsOf = async (component: string) => (await core.listNamespacedPod({ namespace, labelSelector: `app.kubernetes.io/component=${component}` })).items;
    const install = (more: object, ...args: string[]) => withSetUp(helm.run('upgrade', '--install', release, chart, '--values', helm.file({ ...values, ...more }), '--wait', '--timeout', '120s', ...args));

    it('runs all its parts, with secrets of its own', async () => {
      const notes = await install({});
      expect(notes).toContain('get secret thaw-administrator');
      const { items } = await config().makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
      expect(items.map(nameOf).sort()).toEqual(['thaw-api', 'thaw-dispatcher', 'thaw-web']);
      for (const [component, count] of [['api', 2], ['web', 2], ['dispatcher', 1]] as const) {
        // The autoscaler brings the second.
        await until(`${count} ${component}`, async () => (await podsOf(component)).filter(({ status }) => status?.phase === 'Running').length === count, 60);
        const pods = await podsOf(component);
        expect(pods.map(({ status }) => status?.phase)).toEqual(Array(count).fill('Running'));
        expect(new Set(pods.map(({ spec }) => spec?.nodeName)).size).toBe(count);
      }
      made = await secretsNow();
      expect(Object.keys(made).sort()).toEqual(['thaw-administrator', 'thaw-auth', 'thaw-metrics', 'thaw-servers', 'thaw-worker']);
      expect(givenKey(made['thaw-worker']?.['token'] ?? '')).not.toBeNull();
      const jobs = await config().makeApiClient(BatchV1Api).listNamespacedJob({ namespace });
      // That of the access went with its Secret.
      expect(jobs.items.map(({ metadata }) => metadata?.name)).toEqual([expect.stringMatching(/^thaw-data-[0-9a-f]{8}$/)]);
    }, 180_000);

    it('lets its dispatcher do what it does, and nothing else', async () => {
      const access = config().makeApiClient(AuthorizationV1Api);
      const may = async (verb: string, resource: string, where = namespace) => {
        const [group = '', name = ''] = resource.split('/');
        const spec = { user: `system:serviceaccount:${namespace}:thaw-dispatcher`, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes: { namespace: where, verb, group, resource: name } };
        return (await access.createSubjectAccessReview({ body: { spec } })).status?.allowed ?? false;
      };
      const wanted = [...['create', 'get', 'list', 'patch', 'delete'].map((verb) => [verb, 'batch/jobs'] as const), ['list', '/pods'], ['list', '/events']] as const;
      for (const [verb, resource] of wanted) expect([verb, resource, await may(verb, resource)]).toEqual([verb, resource, true]);
      const unwanted = [['get', '/secrets'], ['list', '/secrets'], ['create', '/pods'], ['create', '/pods/exec'], ['get', '/pods/log'], ['deletecollection', 'batch/jobs'], ['create', 'rbac.authorization.k8s.io/roles']] as const;
      for (const [verb, resource] of unwanted) expect([verb, resource, await may(verb, resource)]).toEqual([verb, resource, false]);
      expect(await may('create', 'batch/jobs', 'default')).toBe(false);

      const dispatcher = (await config().makeApiClient(AppsV1Api).readNamespacedDeployment({ name: 'thaw-dispatcher', namespace })).spec?.template;
      const variables = environmentOf(dispatcher ?? {}, await secretsNow());
      const env = readDispatcherEnvironment(variables);
      if (env.THAW_LAUNCHER !== 'kubernetes') throw new Error('nothing is launched');
      const { status } = await core.createNamespacedServiceAccountToken({ name: 'thaw-dispatcher', namespace, body: { spec: { audiences: [], expirationSeconds: 3600 } } });
      const own = plane.as(status?.token ?? '', namespace);
      for (const [queue, settings] of Object.entries(jobSettings(env, variables))) {
        if (settings === null) throw new Error(`nothing is launched for ${queue}`);
        expect(await dryRun(own, jobManifest({ name: `thaw-${queue}`, worker: `thaw-${queue}-1`, deployment: env.THAW_DEPLOYMENT, queue, workId: 'x', settings }) as KubernetesObject, namespace)).toBeNull();
      }
      expect((await ask(own, 'GET', `/api/v1/namespaces/${namespace}/secrets/thaw-worker`)).status).toBe(403);
    });

    it('keeps its secrets in an upgrade, and replaces only the Pods that change', async () => {
      const before = [await podsOf('api'), await podsOf('web'), await podsOf('dispatcher')].map((pods) => pods.map(nameOf).sort());
      await install({});
      expect(await secretsNow()).toEqual(made);
      expect([await podsOf('api'), await podsOf('web'), await podsOf('dispatcher')].map((pods) => pods.map(nameOf).sort())).toEqual(before);
      await install({ config: { QUOTA_ACTIVE_RUNS: 3 } });
      expect(await secretsNow()).toEqual(made);
      await until('the API was replaced', async () => (await podsOf('api')).every((pod) => before[0]?.includes(nameOf(pod)) === false), 30);
      expect((await podsOf('web')).map(nameOf).sort()).toEqual(before[1]);
    }, 240_000);

    it('leaves at its end the secrets that the database knows, and finds them when it comes back', async () => {
      await helm.run('uninstall', release, '--wait', '--timeout', '60s');
      const left = await secretsNow();
      expect(left).toEqual(Object.fromEntries(['thaw-administrator', 'thaw-auth', 'thaw-worker'].map((name) => [name, made[name]])));
      const kinds = ['/api/v1/namespaces/thaw/services', '/api/v1/namespaces/thaw/serviceaccounts', ...['apps/v1:deployments', 'batch/v1:jobs', 'rbac.authorization.k8s.io/v1:roles', 'networking.k8s.io/v1:networkpolicies', 'policy/v1:poddisruptionbudgets', 'autoscaling/v2:horizontalpodautoscalers'].map((one) => `/apis/${one.replace(':', `/namespaces/${namespace}/`)}`)];
      for (const kind of kinds) {
        const { body } = await ask(config(), 'GET', `${kind}?labelSelector=app.kubernetes.io/instance%3D${release}`);
        expect([kind, (body as { items: KubernetesObject[] }).items.map(nameOf)]).toEqual([kind, []]);
      }
      await install({});
      expect(await secretsNow()).toMatchObject(left);
    }, 240_000);
  });

  it.each([
    [{ workers: { launcher: 'docker' } }, /'\/workers\/launcher': value must be one of 'dispatcher', 'keda', 'none'/],
    [{ config: { QUOTA_ACTIVE_RUN: 3 } }, /'\/config': additional properties 'QUOTA_ACTIVE_RUN' not allowed/],
    [{ workers: { train: { resources: { limits: { memory: '8GB' } } } } }, /'\/workers\/train\/resources\/limits\/memory': '8GB' does not match/],
    [{ storage: { ...least.storage, endpoint: 's3.example.org' } }, /'\/storage\/endpoint': 's3.example.org' does not match/],
    [{ database: { url: '' } }, /Set database.url to the address of your PostgreSQL/],
    [{ database: { ...least.database, existingSecret: { name: 'x' } } }, /not both/],
    [{ ingress: { enabled: true } }, /Set ingress.host/],
    [{ workers: { unschedulableMinutes: 15 } }, /Set workers.launchSeconds to more than 900/],
    [{ fullnameOverride: 'a'.repeat(31) }, /fullnameOverride/],
  ])('refuses %j', async (wrong, words) => {
    await expect(helm.render({ ...least, ...wrong })).rejects.toThrow(words);
  });
});
