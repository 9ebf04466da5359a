import { openCluster } from '@thaw/api/dispatch/kubernetes/cluster';
import { jobSettings } from '@thaw/api/dispatch/kubernetes/jobSettings';
import { kubernetesLauncher } from '@thaw/api/dispatch/kubernetes/kubernetesLauncher';
import type { Launcher } from '@thaw/api/dispatch/launcher';
import { readDispatcherEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import type { Run } from '@thaw/contract/runs';
import { startServer, type ServerProcess } from '@thaw/infra/stack/serverProcess';
import { repositoryRoot } from '@thaw/infra/stack/setupPaths';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { anyStorage, smallRun, startApi, until, type Api } from '../integration/apiHarness.ts';
import { startCluster, namespace, type TestCluster } from './cluster.ts';

/** Programs of a control plane: `npm run test:kubernetes` names their folder. */
export const binaries = process.env['THAW_KUBERNETES'];

/** For who reads /metrics of the API. */
export const metricsToken = 'token-of-the-metrics';

/** Pods that want a GPU, as most clusters have theirs set apart. */
export const gpuPod = {
  resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi' } },
  gpu: 'nvidia.com/gpu',
  nodeSelector: { pool: 'gpu' },
  tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
};

export interface Dispatcher {
  process: ServerProcess;
  /** All that it has logged. */
  said: () => string;
  /** Waits until it has logged that. */
  says: (words: RegExp | string, seconds?: number) => Promise<void>;
}

/** The service on real servers, a cluster with four GPUs, and dispatchers that have Jobs started in it. */
export interface LauncherWorld {
  api: Api;
  cluster: TestCluster;
  /** A dispatcher as a process, with the rights of its service account. */
  dispatch: (pod?: object, variables?: NodeJS.ProcessEnv) => Promise<Dispatcher>;
  /** The launcher alone. */
  launcher: () => Launcher;
  create: () => Promise<string>;
  get: (id: string) => Promise<Run>;
  cancel: (id: string) => Promise<void>;
  running: () => Promise<V1Pod[]>;
  /** Jobs of which no dispatcher has noted the end. */
  living: () => Promise<V1Job[]>;
  count: (what: string, of: () => Promise<unknown[]>, wanted: number, seconds?: number) => Promise<void>;
  onlyPod: () => Promise<V1Pod>;
  /** As there was nothing before. */
  clear: () => Promise<void>;
  stop: () => Promise<void>;
}

export const nameOf = ({ metadata }: V1Job | V1Pod): string => metadata?.name ?? '';
export const rest = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
export const note = (line: string): void => console.log(`kubernetes: ${line}`);

export async function startLauncherWorld(): Promise<LauncherWorld> {
  const api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '60', METRICS_TOKEN: metricsToken } });
  const alice = await api.person('alice');
  const cluster = await startCluster({ binaries: binaries ?? '', workerToken: api.workerToken, gpus: 4 }).catch(async (error: unknown) => {
    await api.stop();
    throw error;
  });
  const dispatchers: ServerProcess[] = [];
  let started = 0;

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
  return {
    api,
    cluster,
    dispatch: async (pod = gpuPod, variables = {}) => {
      const logFile = path.join(cluster.folder, `dispatcher-${++started}.log`);
      const args = [path.join(repositoryRoot, 'apps/api/src/dispatcher.ts')];
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, ...environment(pod, variables) };
      const dispatcher = await startServer({ name: 'dispatcher', command: process.execPath, args, env, logFile, stopSignal: 'SIGTERM', graceMilliseconds: 10_000 });
      dispatchers.push(dispatcher);
      const said = (): string => readFileSync(logFile, 'utf8');
      const says: Dispatcher['says'] = (words, seconds = 20) => until(`"${words}" in the log`, () => Promise.resolve(said().search(words) >= 0), seconds);
      await says('the dispatcher is ready', 60);
      return { process: dispatcher, said, says };
    },
    launcher: () => {
      const variables = environment(gpuPod);
      const env = readDispatcherEnvironment(variables);
      const settings = env.THAW_LAUNCHER === 'kubernetes' ? jobSettings(env, variables).runs : null;
      if (settings === null) throw new Error('no settings');
      const own = openCluster(null, cluster.as(cluster.token, namespace));
      return kubernetesLauncher({ cluster: own, deployment: 'test', queue: 'run', settings, log: createLog('test', 'silent'), hopelessSeconds: 60, roomSeconds: null });
    },
    create: async () => (await alice.call<Run>('POST', '/v1/runs', smallRun)).body.id,
    get: async (id) => (await alice.call<Run>('GET', `/v1/runs/${id}`)).body,
    cancel: async (id) => {
      await alice.call('POST', `/v1/runs/${id}/cancel`);
    },
    running: async () => (await cluster.pods()).filter(({ status }) => status?.phase === 'Running'),
    living: async () => (await cluster.jobs()).filter(({ metadata }) => metadata?.labels?.['thaw.noted'] === undefined),
    count: (what, of, wanted, seconds = 20) => until(`${wanted} ${what}`, async () => (await of()).length === wanted, seconds, 20),
    onlyPod: async () => {
      const [pod, ...more] = await cluster.pods();
      if (pod === undefined || more.length > 0) throw new Error(`there are ${more.length + (pod === undefined ? 0 : 1)} Pods`);
      return pod;
    },
    clear: async () => {
      for (const { stop } of dispatchers.splice(0)) await stop();
      await cluster.clear();
      await api.sql`delete from run`;
      await api.sql`delete from worker`;
    },
    stop: async () => {
      for (const { stop } of dispatchers) await stop();
      await cluster.stop();
      await api.stop();
    },
  };
}
