import type { V1EmptyDirVolumeSource, V1Job, V1Volume } from '@kubernetes/client-node';
import { createHash } from 'node:crypto';
import { imageFolder, imageUser, workerLabels } from '../workerImages.ts';
import type { JobSettings } from './jobSettings.ts';

/** Label of Jobs whose end a dispatcher has taken note of. */
export const notedLabel = 'thaw.noted';

/** Annotation with the name of the worker, which is the Job's and an ending of its own: another Job may have that name later. */
export const workerAnnotation = 'thaw.worker';

const tokenFolder = '/var/run/secrets/thaw';

/** The id of a piece of work as a label, which may hold no slash; no id holds a dot. */
export const labelOf = (workId: string): string => workId.replaceAll('/', '.');
export const workOf = (label: string): string => label.replaceAll('.', '/');

export interface WorkerJob {
  /** Of the Job. */
  name: string;
  /** Name of the worker. */
  worker: string;
  deployment: string;
  queue: string;
  workId: string;
  settings: JobSettings;
}

/**
 * The name of a Job, the same whoever asks: of two dispatchers that start a worker for a piece of work, or one that does not know whether
 * it has, only one creates it. @param round tells it from workers that were started for the same piece before
 */
export function jobName({ deployment, queue, workId }: Pick<WorkerJob, 'deployment' | 'queue' | 'workId'>, round: number): string {
  return `${deployment}-${queue}-${createHash('sha256').update(workId).digest('hex').slice(0, 12)}-${round}`;
}

/**
 * A worker as a Job: one Pod, started once, that the Pod Security Standard "restricted" admits. The dispatcher decides on another try,
 * never Kubernetes. Its token is a file from a Secret.
 */
export function jobManifest({ name, worker, deployment, queue, workId, settings }: WorkerJob): V1Job {
  const { image, command, environment, pod, token, serviceAccount, pullSecrets, ttlSeconds } = settings;
  const labels = {
    'app.kubernetes.io/name': 'thaw-worker',
    'app.kubernetes.io/managed-by': 'thaw',
    [workerLabels.deployment]: deployment,
    [workerLabels.queue]: queue,
    [workerLabels.work]: labelOf(workId),
  };
  const variables = { ...environment, THAW_WORKER_NAME: worker, THAW_WORKER_TOKEN_FILE: `${tokenFolder}/token`, THAW_STOP_SECONDS: String(pod.stopSeconds - 5) };
  const gpu = pod.gpu === undefined ? {} : { [pod.gpu]: '1' };
  const scratch = (volume: string, sizeLimit: string): V1Volume => ({ name: volume, emptyDir: { sizeLimit } satisfies V1EmptyDirVolumeSource });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels: { ...labels, ...(pod.kueueQueue !== undefined && { 'kueue.x-k8s.io/queue-name': pod.kueueQueue }) },
      annotations: { [workerAnnotation]: worker },
    },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: ttlSeconds,
      ...(pod.kueueQueue !== undefined && { suspend: true }),
      template: {
        metadata: { labels, annotations: pod.annotations },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: pod.stopSeconds,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...(serviceAccount !== null && { serviceAccountName: serviceAccount }),
          imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
          nodeSelector: pod.nodeSelector,
          tolerations: pod.tolerations,
          ...(pod.priorityClassName !== undefined && { priorityClassName: pod.priorityClassName }),
          ...(pod.runtimeClassName !== undefined && { runtimeClassName: pod.runtimeClassName }),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: imageUser,
            runAsGroup: imageUser,
            fsGroup: imageUser,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'worker',
              image,
              ...(command !== null && { args: [...command] }),
              env: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
              resources: { requests: { ...pod.resources.requests, ...gpu }, limits: { ...pod.resources.limits, ...gpu } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
              // Its last lines, where it fails: the dispatcher may not read logs.
              terminationMessagePolicy: 'FallbackToLogsOnError',
              volumeMounts: [
                { name: 'token', mountPath: tokenFolder, readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
                { name: 'work', mountPath: `${imageFolder}/work` },
                { name: 'cache', mountPath: `${imageFolder}/cache` },
              ],
            },
          ],
          volumes: [
            { name: 'token', secret: { secretName: token.secret, items: [{ key: token.key, path: 'token' }], defaultMode: 0o440 } },
            scratch('tmp', '1Gi'),
            scratch('work', pod.work),
            pod.cacheClaim === undefined ? scratch('cache', pod.cache) : { name: 'cache', persistentVolumeClaim: { claimName: pod.cacheClaim } },
          ],
        },
      },
    },
  };
}
