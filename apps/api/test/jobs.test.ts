import type { CoreV1Event, V1Job, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { jobManifest, jobName, labelOf, workOf } from '../src/dispatch/kubernetes/jobManifest.ts';
import { jobSettings } from '../src/dispatch/kubernetes/jobSettings.ts';
import { jobState } from '../src/dispatch/kubernetes/jobState.ts';
import { readDispatcherEnvironment } from '../src/environment.ts';

const least = {
  DATABASE_URL: 'postgres://u:SECRET@h/d',
  AUTH_SECRET: 'SECRET'.repeat(6),
  THAW_LAUNCHER: 'kubernetes',
  THAW_DEPLOYMENT: 'here',
  THAW_API_URL: 'http://api:3001',
  THAW_WORKER_TOKEN: 'thaw_SECRET',
  THAW_WORKER_TOKEN_SECRET: 'thaw-worker',
  THAW_WORKER_IMAGE: 'thaw-worker-gpu:1',
};

function settingsOf(variables: NodeJS.ProcessEnv) {
  const env = readDispatcherEnvironment({ ...least, ...variables });
  if (env.THAW_LAUNCHER !== 'kubernetes') throw new Error(env.THAW_LAUNCHER);
  return jobSettings(env, { ...least, ...variables });
}

function jobOf(variables: NodeJS.ProcessEnv, kind: 'runs' | 'imports' | 'tasks' = 'runs', workId = 'run_1'): V1Job {
  const settings = settingsOf(variables)[kind];
  if (settings === null) throw new Error(`no ${kind}`);
  return jobManifest({ name: 'here-run-1', worker: 'here-run-1-abc', deployment: 'here', queue: 'run', workId, settings });
}
const podOf = (variables: NodeJS.ProcessEnv, kind?: 'runs' | 'imports' | 'tasks') => jobOf(variables, kind).spec?.template.spec;

describe('a Job for a worker', () => {
  it('has no rights, no secret, and no more of the dispatcher\'s environment than its engine wants', () => {
    const job = jobOf({ TF_ENABLE_ONEDNN_OPTS: '1', AWS_SECRET_ACCESS_KEY: 'SECRET', PATH: '/dispatcher/bin', KUBERNETES_SERVICE_HOST: '10.0.0.1' });
    expect(JSON.stringify(job)).not.toContain('SECRET');
    expect(job.spec).toMatchObject({ backoffLimit: 0, ttlSecondsAfterFinished: 600 });
    expect(job.spec).not.toHaveProperty('suspend');
    const pod = job.spec?.template.spec;
    expect(pod).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 60,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ image: 'thaw-worker-gpu:1', securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } }],
    });
    const [container] = pod?.containers ?? [];
    expect(container).not.toHaveProperty('args');
    expect(container?.resources).toEqual({ requests: {}, limits: {} });
    const variables = Object.fromEntries(container?.env?.map(({ name, value }) => [name, value]) ?? []);
    expect(variables).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1', THAW_API_URL: 'http://api:3001', THAW_WORKER_NAME: 'here-run-1-abc', THAW_STOP_SECONDS: '55' });
    expect(job.metadata).toMatchObject({ name: 'here-run-1', annotations: { 'thaw.worker': 'here-run-1-abc' } });
    expect(Object.keys(variables).filter((name) => /^(PATH|AWS|KUBERNETES)/.test(name))).toEqual([]);
    // The token is a file of a Secret, for the group of the worker alone.
    const token = pod?.volumes?.find(({ name }) => name === 'token')?.secret;
    expect(token).toEqual({ secretName: 'thaw-worker', items: [{ key: 'token', path: 'token' }], defaultMode: 0o440 });
    expect(variables['THAW_WORKER_TOKEN_FILE']).toBe(`${container?.volumeMounts?.find(({ name }) => name === 'token')?.mountPath}/token`);
    for (const volume of pod?.volumes ?? []) if (volume.emptyDir !== undefined) expect(volume.emptyDir.sizeLimit).toMatch(/Gi$/);
  });

  it('stands where the configuration says, with the resources of it', () => {
    const settings = {
      resources: { requests: { cpu: 2, memory: '8Gi' }, limits: { memory: '8Gi' } },
      gpu: 'nvidia.com/gpu',
      nodeSelector: { pool: 'gpu' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
      priorityClassName: 'training',
      runtimeClassName: 'nvidia',
      work: '5Gi',
      cacheClaim: 'models',
    };
    const job = jobOf({ THAW_WORKER_POD: JSON.stringify(settings), THAW_WORKER_SERVICE_ACCOUNT: 'thaw-worker', THAW_IMAGE_PULL_SECRETS: 'one, two' });
    expect(job.spec?.template.metadata?.annotations).toEqual(settings.annotations);
    const pod = job.spec?.template.spec;
    const { nodeSelector, tolerations, priorityClassName, runtimeClassName } = settings;
    expect(pod).toMatchObject({ nodeSelector, tolerations, priorityClassName, runtimeClassName, serviceAccountName: 'thaw-worker', imagePullSecrets: [{ name: 'one' }, { name: 'two' }] });
    expect(pod?.containers[0]?.resources).toEqual({ requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' }, limits: { memory: '8Gi', 'nvidia.com/gpu': '1' } });
    expect(pod?.volumes?.find(({ name }) => name === 'work')?.emptyDir).toEqual({ sizeLimit: '5Gi' });
    expect(pod?.volumes?.find(({ name }) => name === 'cache')?.persistentVolumeClaim).toEqual({ claimName: 'models' });
  });

  it('waits for Kueue where it has a queue there', () => {
    const job = jobOf({ THAW_WORKER_POD: '{"kueueQueue":"training"}' });
    expect(job).toMatchObject({ metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'training' } }, spec: { suspend: true } });
  });

  it('is there for each kind of work that has an image', () => {
    expect(settingsOf({})).toMatchObject({ imports: null, tasks: null });
    expect(settingsOf({ THAW_WORKER_IMAGE: '', THAW_INGEST_IMAGE: 'thaw-ingest:1' })).toMatchObject({ runs: null, imports: { image: 'thaw-ingest:1' } });
    const more = { THAW_TASK_IMAGE: 'thaw-worker-cpu:1', THAW_INGEST_IMAGE: 'thaw-ingest:1', THAW_WORKER_POD: '{"gpu":"nvidia.com/gpu"}', THAW_INGEST_POD: '{"resources":{"limits":{"memory":"2Gi"}}}' };
    expect(podOf(more, 'tasks')?.containers[0]).toMatchObject({ image: 'thaw-worker-cpu:1', args: ['node', 'workers/gpu/src/taskWorker.ts'], resources: { limits: {} } });
    expect(podOf(more, 'imports')?.containers[0]).toMatchObject({ image: 'thaw-ingest:1', resources: { limits: { memory: '2Gi' } } });
  });

  it('has a name and labels that Kubernetes takes, the same for the same piece of work', () => {
    const name = jobName({ deployment: 'd'.repeat(30), queue: 'import', workId: 'dataset_1/2' }, 0);
    expect(name).toBe(jobName({ deployment: 'd'.repeat(30), queue: 'import', workId: 'dataset_1/2' }, 0));
    expect(name).not.toBe(jobName({ deployment: 'd'.repeat(30), queue: 'import', workId: 'dataset_1/3' }, 0));
    expect(name).toMatch(/^[a-z0-9-]{1,57}$/);
    expect(jobOf({}, 'runs', 'dataset_1/2').metadata?.labels?.['thaw.work']).toBe('dataset_1.2');
    expect(workOf(labelOf('dataset_1/2'))).toBe('dataset_1/2');
  });

  it.each([
    [{ THAW_DEPLOYMENT: 'Thaw_1' }, /THAW_DEPLOYMENT may have small letters/],
    [{ THAW_WORKER_TOKEN_SECRET: '' }, /THAW_WORKER_TOKEN_SECRET is the name of the Secret/],
    [{ THAW_WORKER_POD: '{"gpus":1}' }, /THAW_WORKER_POD .*gpus/],
    [{ THAW_WORKER_POD: 'gpu' }, /THAW_WORKER_POD must be a JSON object/],
    [{ THAW_WORKER_POD: '{"resources":{"limits":{"memory":"8 GB"}}}' }, /THAW_WORKER_POD.resources.limits.memory is no quantity/],
    [{ THAW_WORKER_IMAGE: '' }, /THAW_WORKER_IMAGE or THAW_INGEST_IMAGE or THAW_TASK_IMAGE is the name/],
    [{ THAW_UNSCHEDULABLE_MINUTES: '15' }, /THAW_LAUNCH_SECONDS must be more than 900/],
  ])('is not begun with %o', (variables, words) => {
    expect(() => readDispatcherEnvironment({ ...least, ...variables })).toThrow(words);
  });
});

describe('how a worker stands', () => {
  const of = (type: string, more: object = {}): V1Job => ({ status: { conditions: [{ type, status: 'True', ...more }] } });
  const failed = of('Failed', { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' });
  const pod = (status: V1PodStatus): V1Pod => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'worker', image: 'thaw:1' }] }, status });
  const container = (state: object): V1PodStatus => ({ containerStatuses: [{ name: 'worker', image: 'thaw:1', imageID: '', ready: false, restartCount: 0, state }] });
  const disrupted = (reason: string): V1PodStatus => ({ ...container({ terminated: { exitCode: 137 } }), conditions: [{ type: 'DisruptionTarget', status: 'True', reason }] });
  const warning = (reason: string, message: string): CoreV1Event => ({ metadata: {}, involvedObject: {}, reason, message });

  it.each<[string, V1Job, V1Pod[]]>([
    ['exit code 0', of('Complete'), []],
    ['exit code 3: no driver here', failed, [pod(container({ terminated: { exitCode: 3, reason: 'Error', message: 'first line\nno driver here\n' } }))]],
    ['exit code 1', failed, [pod(container({ terminated: { exitCode: 1 } }))]],
    ['it had not enough memory', failed, [pod(container({ terminated: { exitCode: 137, reason: 'OOMKilled' } }))]],
    ['it could not be started: exec: "node": not found', failed, [pod(container({ terminated: { exitCode: 128, reason: 'StartError', message: 'exec: "node": not found' } }))]],
    ['its node evicted it: The node was low on resource: ephemeral-storage.', failed, [pod({ reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' })]],
    ['the cluster gave its place to a Pod of higher priority', failed, [pod(disrupted('PreemptionByScheduler'))]],
    ['it was evicted, as from a node that is taken out of service', failed, [pod(disrupted('EvictionByEvictionAPI'))]],
    ['its node did not take it: Pod was rejected: Allocate failed due to no healthy devices', failed, [pod({ reason: 'UnexpectedAdmissionError', message: 'Pod was rejected: Allocate failed due to no healthy devices' })]],
    ['its Pod was deleted', failed, []],
    ['it was longer at work than its Job may be', of('Failed', { reason: 'DeadlineExceeded' }), []],
  ])('is, at its end: %s', (ended, job, pods) => {
    expect(jobState(job, pods, [])).toEqual({ ended, failed: job === failed || ended.includes('longer') });
  });

  it('may be at its end yet where its Pod is, or its Job was deleted', () => {
    const leaving = pod({ ...container({ running: {} }), phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] });
    expect(jobState(failed, [leaving], [])).toEqual({ ended: 'the cluster gave its place to a Pod of higher priority', failed: true, lingers: true });
    expect(jobState(of('Failed', { reason: 'DeadlineExceeded' }), [pod({ phase: 'Running' })], [])).toMatchObject({ failed: true, lingers: true });
    // Of a node that is gone nobody says how its containers are.
    expect(jobState(failed, [pod({ ...disrupted('DeletionByPodGC'), ...container({ running: {} }), phase: 'Failed' })], [])).toEqual({ ended: 'its node is gone', failed: true });
    expect(jobState({ metadata: { deletionTimestamp: new Date() } }, [leaving], [])).toEqual({ ended: 'its Job was deleted', failed: true, lingers: true });
    // Kubernetes 1.31 waits with that word.
    expect(jobState(of('FailureTarget'), [leaving], [])).toEqual({ ended: null, waits: false, trouble: null });
  });

  it.each<[string, boolean, V1Pod[], CoreV1Event[]]>([
    ['no node has room for it: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.', false, [pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.' }] })], []],
    ['the cluster cannot fetch the image thaw:1: Back-off pulling image "thaw:1"', true, [pod(container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "thaw:1"' } }))], []],
    ['its container cannot be made: secret "x" not found', true, [pod(container({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } }))], []],
    ['its Pod cannot be made ready: secret "thaw" not found', true, [pod(container({ waiting: { reason: 'ContainerCreating' } }))], [warning('FailedMount', 'secret "thaw" not found')]],
    ['Kubernetes does not admit it: pods "x" is forbidden: exceeded quota: few', false, [], [warning('FailedCreate', 'Error creating: pods "x" is forbidden: exceeded quota: few')]],
    ['Kubernetes does not admit it: pods "x" is forbidden: violates PodSecurity', true, [], [warning('FailedCreate', 'Error creating: pods "x" is forbidden: violates PodSecurity')]],
  ])('is, before it starts: %s', (words, hopeless, pods, warnings) => {
    expect(jobState({}, pods, warnings)).toEqual({ ended: null, waits: true, trouble: { words, hopeless } });
  });

  it('is at work once its container runs, and waits without trouble while its image is fetched or Kueue holds it back', () => {
    expect(jobState({}, [pod(container({ running: {} }))], [])).toEqual({ ended: null, waits: false, trouble: null });
    expect(jobState({ status: { ready: 1 } }, [], [])).toEqual({ ended: null, waits: false, trouble: null });
    expect(jobState({}, [pod(container({ waiting: { reason: 'ContainerCreating' } }))], [])).toEqual({ ended: null, waits: true, trouble: null });
    expect(jobState({ spec: { suspend: true, template: {} } }, [], [])).toEqual({ ended: null, waits: true, trouble: null });
  });
});
