import { BatchV1Api, CoreV1Api, PatchStrategy, RbacAuthorizationV1Api, setHeaderOptions, type V1Job, type V1Pod, type V1PodStatus } from '@kubernetes/client-node';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../integration/servers.ts';
import { until } from '../integration/apiHarness.ts';
import { startControlPlane, type ControlPlane } from './controlPlane.ts';

export const namespace = 'thaw';
const dispatcher = 'thaw-dispatcher';

/** What the dispatcher's service account may do: as the chart's Role says, and nothing else. */
const rules = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'list', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: ['list'] },
];

/** A cluster with nodes that kwok plays, and a namespace for workers that only takes Pods as the standard "restricted" wants them. */
export interface TestCluster extends Pick<ControlPlane, 'stopServer' | 'startServer' | 'as'> {
  plane: ControlPlane;
  core: CoreV1Api;
  batch: BatchV1Api;
  /** KUBECONFIG of the dispatcher's service account, and its token. */
  kubeconfig: string;
  token: string;
  folder: string;
  jobs: () => Promise<V1Job[]>;
  pods: () => Promise<V1Pod[]>;
  /** Pods that a node has. */
  placed: () => Promise<V1Pod[]>;
  /** As a kubelet says how a Pod is. */
  setPod: (name: string, status: V1PodStatus) => Promise<void>;
  /** A Pod's container has ended, and the Pod with it. */
  endPod: (name: string, exitCode: number, more?: { reason?: string; message?: string }) => Promise<void>;
  /** Removes all Jobs, and waits until their Pods are gone. */
  clear: () => Promise<void>;
  stop: () => Promise<void>;
}

const nameOf = ({ metadata }: V1Job | V1Pod): string => metadata?.name ?? '';

export async function startCluster({ binaries, workerToken, gpus }: { binaries: string; workerToken: string; gpus: number }): Promise<TestCluster> {
  const folder = temporaryFolder();
  const plane = await startControlPlane({ folder: path.join(folder, 'plane'), binaries });
  const core = plane.admin.makeApiClient(CoreV1Api);
  const batch = plane.admin.makeApiClient(BatchV1Api);
  const rbac = plane.admin.makeApiClient(RbacAuthorizationV1Api);

  await core.createNamespace({ body: { metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } } });
  const capacity = { cpu: '64', memory: '256Gi', pods: '110', 'ephemeral-storage': '500Gi', 'nvidia.com/gpu': String(gpus) };
  await core.createNode({ body: { metadata: { name: 'gpu-node', labels: { pool: 'gpu' } }, spec: { taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] }, status: { capacity, allocatable: capacity } } });
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: dispatcher } } });
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'thaw-worker' }, stringData: { token: workerToken } } });
  await rbac.createNamespacedRole({ namespace, body: { metadata: { name: dispatcher }, rules } });
  const binding = { metadata: { name: dispatcher }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: dispatcher }, subjects: [{ kind: 'ServiceAccount', name: dispatcher, namespace }] };
  await rbac.createNamespacedRoleBinding({ namespace, body: binding });
  const { status } = await core.createNamespacedServiceAccountToken({ name: dispatcher, namespace, body: { spec: { audiences: [], expirationSeconds: 3600 } } });
  const token = status?.token ?? '';
  const kubeconfig = path.join(folder, 'dispatcher.kubeconfig');
  writeFileSync(kubeconfig, plane.as(token, namespace).exportConfig(), { mode: 0o600 });
  // Without its default service account a namespace admits no Pod.
  await until('the default service account', async () => (await core.listNamespacedServiceAccount({ namespace })).items.length === 2, 30);
  await until('the node', async () => (await core.readNode({ name: 'gpu-node' })).spec?.taints?.length === 1, 30);

  const jobs = async (): Promise<V1Job[]> => (await batch.listNamespacedJob({ namespace })).items;
  const pods = async (): Promise<V1Pod[]> => (await core.listNamespacedPod({ namespace })).items;
  const setPod: TestCluster['setPod'] = async (name, body) => {
    await core.patchNamespacedPodStatus({ name, namespace, body: { status: body } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  };
  return {
    plane,
    stopServer: plane.stopServer,
    startServer: plane.startServer,
    as: plane.as,
    core,
    batch,
    kubeconfig,
    token,
    folder,
    jobs,
    pods,
    placed: async () => (await pods()).filter(({ spec }) => spec?.nodeName !== undefined),
    setPod,
    endPod: async (name, exitCode, more = {}) => {
      const image = (await core.readNamespacedPod({ name, namespace })).spec?.containers[0]?.image ?? '';
      const state = { terminated: { exitCode, ...more } };
      await setPod(name, { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'worker', image, imageID: '', ready: false, restartCount: 0, state }] });
    },
    clear: async () => {
      for (const job of await jobs()) await batch.deleteNamespacedJob({ name: nameOf(job), namespace, propagationPolicy: 'Background' });
      await until('no Pod', async () => (await pods()).length === 0, 30);
    },
    stop: plane.stop,
  };
}
