import Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { containerOptions } from '../src/dispatch/docker/containerOptions.ts';
import { containerSettings, readWorkerToken } from '../src/dispatch/docker/containerSettings.ts';
import { dockerLauncher } from '../src/dispatch/docker/dockerLauncher.ts';
import { lastWords } from '../src/dispatch/docker/lastWords.ts';
import { LauncherAway } from '../src/dispatch/launcher.ts';
import { readDispatcherEnvironment } from '../src/environment.ts';
import { createLog } from '../src/log.ts';

const least = {
  DATABASE_URL: 'postgres://u:SECRET@h/d',
  AUTH_SECRET: 'SECRET'.repeat(6),
  THAW_LAUNCHER: 'docker',
  THAW_DEPLOYMENT: 'here',
  THAW_API_URL: 'http://api:3001',
  THAW_WORKER_TOKEN: 'thaw_SECRET',
  THAW_WORKER_IMAGE: 'thaw-worker-gpu:1',
};

function settingsOf(variables: NodeJS.ProcessEnv) {
  const env = readDispatcherEnvironment({ ...least, ...variables });
  if (env.THAW_LAUNCHER !== 'docker') throw new Error(env.THAW_LAUNCHER);
  return containerSettings(env, { ...least, ...variables });
}

function optionsOf(variables: NodeJS.ProcessEnv, kind: 'runs' | 'imports' | 'tasks' = 'runs', gpu: string | null = null) {
  const settings = settingsOf(variables)[kind];
  if (settings === null) throw new Error(`no ${kind}`);
  return containerOptions({ name: 'here-run-1', deployment: 'here', queue: 'run', workId: 'run_1', gpu, settings });
}

describe('a container for a worker', () => {
  it('has no rights, no secret, and no more of the dispatcher\'s environment than its engine wants', () => {
    const options = optionsOf({ TF_ENABLE_ONEDNN_OPTS: '1', THAW_CACHE_GB: '5', AWS_SECRET_ACCESS_KEY: 'SECRET', PATH: '/dispatcher/bin', THAW_DEVICE: '' });
    expect(JSON.stringify(options)).not.toContain('SECRET');
    expect([...(options.Env ?? [])].sort()).toEqual([
      'TF_ENABLE_ONEDNN_OPTS=1',
      'THAW_API_URL=http://api:3001',
      'THAW_CACHE_GB=5',
      'THAW_IDLE_SECONDS=60',
      'THAW_STOP_SECONDS=38',
      'THAW_STORAGE=internal',
      'THAW_WORKER_NAME=here-run-1',
      'THAW_WORKER_TOKEN_FILE=/dev/stdin',
    ]);
    expect(options).toMatchObject({ Image: 'thaw-worker-gpu:1', User: '10001:10001', Labels: { 'thaw.deployment': 'here', 'thaw.queue': 'run', 'thaw.work': 'run_1' } });
    expect(options.HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], PidsLimit: 2048, NetworkMode: 'bridge' });
    for (const unasked of ['Memory', 'NanoCpus', 'DeviceRequests', 'Privileged', 'Binds']) expect(options.HostConfig).not.toHaveProperty(unasked);
    expect(options).not.toHaveProperty('Cmd');
  });

  it('has the limits, the network and the GPUs of the configuration', () => {
    const variables = { THAW_WORKER_MEMORY_GB: '1.5', THAW_WORKER_CPUS: '2.5', THAW_WORKER_PIDS: '100', THAW_WORKER_NETWORK: 'thaw_workers' };
    const { HostConfig: limited } = optionsOf(variables, 'runs', 'all');
    expect(limited).toMatchObject({ Memory: 1_610_612_736, MemorySwap: 1_610_612_736, NanoCpus: 2_500_000_000, PidsLimit: 100, NetworkMode: 'thaw_workers' });
    expect(limited?.DeviceRequests).toEqual([{ Count: -1, Capabilities: [['gpu', 'compute', 'utility']] }]);
    const one = optionsOf(variables, 'runs', '3');
    expect(one.HostConfig?.DeviceRequests).toEqual([{ DeviceIDs: ['3'], Capabilities: [['gpu', 'compute', 'utility']] }]);
    expect(one.Labels).toMatchObject({ 'thaw.gpu': '3' });
  });

  it('is there for each kind of work that has an image', () => {
    expect(settingsOf({ THAW_WORKER_GPUS: '0, 2' })).toMatchObject({ runs: { gpus: ['0', '2'] }, imports: null, tasks: null });
    const images = { THAW_TASK_IMAGE: 'thaw-worker-cpu:1', THAW_INGEST_IMAGE: 'thaw-ingest:1', THAW_INGEST_MEMORY_GB: '2', THAW_WORKER_GPUS: 'all' };
    expect(optionsOf(images, 'tasks')).toMatchObject({ Image: 'thaw-worker-cpu:1', Cmd: ['node', 'workers/gpu/src/taskWorker.ts'] });
    expect(optionsOf(images, 'imports')).toMatchObject({ Image: 'thaw-ingest:1', HostConfig: { Memory: 2 ** 31 } });
    expect(settingsOf(images)).toMatchObject({ runs: { gpus: 'all' }, imports: { gpus: null }, tasks: { gpus: null } });
  });

  it.each([
    [{ THAW_DEPLOYMENT: '' }, /THAW_DEPLOYMENT is a name for this Thaw/],
    [{ THAW_WORKER_IMAGE: '--privileged' }, /THAW_WORKER_IMAGE is the name of an image/],
    [{ THAW_WORKER_GPUS: '0,0' }, /THAW_WORKER_GPUS is "all", or different ids/],
    [{ THAW_WORKER_GPUS: '0,1', MAX_WORKERS: '3' }, /MAX_WORKERS must be 2 at most: each worker has one of THAW_WORKER_GPUS to itself/],
  ])('is not begun with %o', (variables, words) => {
    expect(() => readDispatcherEnvironment({ ...least, ...variables })).toThrow(words);
  });

  it('needs a token', () => {
    expect(() => readWorkerToken({ THAW_WORKER_TOKEN: undefined, THAW_WORKER_TOKEN_FILE: undefined })).toThrow(/THAW_WORKER_TOKEN_FILE/);
  });
});

describe('the last words of a container', () => {
  const frame = (output: number, text: string): Buffer => {
    const head = Buffer.alloc(8);
    head[0] = output;
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  it('are its last lines, whichever output they came from and however they were cut', () => {
    const frames = Buffer.concat([frame(1, 'one\ntw'), frame(1, 'o\n\n'), frame(2, 'Überraschung\r\n')]);
    expect(lastWords(frames, 2)).toEqual(['two', 'Überraschung']);
    expect(lastWords(frames, 20)).toHaveLength(3);
    expect(lastWords(Buffer.alloc(5), 20)).toEqual([]);
    expect(lastWords(frames.subarray(0, frames.length - 4), 1)).toEqual(['Überraschu']);
  });
});

describe('a Docker that is out of reach', () => {
  it('is said to be away, and a launch fails with a sentence', async () => {
    const { runs } = settingsOf({});
    if (runs === null) throw new Error('no settings');
    const docker = new Docker({ socketPath: '/nonexistent/docker.sock' });
    const launcher = dockerLauncher({ docker, deployment: 'here', queue: 'run', settings: runs, token: 't', log: createLog('test', 'silent') });
    await expect(launcher.list()).rejects.toThrow(LauncherAway);
    await expect(launcher.launch('run_1')).rejects.toThrow(/ENOENT/);
    await launcher.close();
  });
});
