import type { ContainerCreateOptions } from 'dockerode';
import { imageFolder, imageUser, workerLabels } from '../workerImages.ts';
import type { ContainerSettings } from './containerSettings.ts';

/** Labels by which a dispatcher knows its containers again. */
export const labels = {
  ...workerLabels,
  /** The one GPU that it has to itself. */
  gpu: 'thaw.gpu',
} as const;

export interface WorkerContainer {
  /** Of the container and the worker. */
  name: string;
  deployment: string;
  queue: string;
  workId: string;
  /** An id, all, or none. */
  gpu: string | null;
  settings: ContainerSettings;
}

/**
 * A worker as a container: a user without rights, no capabilities, files that it cannot change but for scratch of its own and a cache that
 * the deployment's workers share. Its token is none of this: it comes through standard input, so that `docker inspect` does not show it.
 */
export function containerOptions({ name, deployment, queue, workId, gpu, settings }: WorkerContainer): ContainerCreateOptions {
  const { image, command, environment, network, memory, cpus, pids } = settings;
  const variables = { ...environment, THAW_WORKER_NAME: name, THAW_WORKER_TOKEN_FILE: '/dev/stdin' };
  return {
    name,
    Image: image,
    ...(command !== null && { Cmd: [...command] }),
    Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    Labels: {
      [labels.deployment]: deployment,
      [labels.queue]: queue,
      [labels.work]: workId,
      ...(gpu !== null && gpu !== 'all' && { [labels.gpu]: gpu }),
    },
    User: `${imageUser}:${imageUser}`,
    Tty: false,
    AttachStdin: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      NetworkMode: network,
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      PidsLimit: pids,
      ...(memory !== null && { Memory: memory, MemorySwap: memory }),
      ...(cpus !== null && { NanoCpus: Math.round(cpus * 1e9) }),
      ...(gpu !== null && { DeviceRequests: [{ ...(gpu === 'all' ? { Count: -1 } : { DeviceIDs: [gpu] }), Capabilities: [['gpu', 'compute', 'utility']] }] }),
      Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=512m,mode=1777' },
      Mounts: [
        // Without a source: a volume of this container, which goes with it.
        { Type: 'volume', Source: '', Target: `${imageFolder}/work` },
        { Type: 'volume', Source: `${deployment}-cache`, Target: `${imageFolder}/cache` },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      RestartPolicy: { Name: 'no' },
    },
  };
}
