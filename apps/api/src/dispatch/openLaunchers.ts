import Docker from 'dockerode';
import type { Logger } from 'pino';
import { shortLivedEnvironment, workerEnvironment, type DispatcherEnvironment } from '../environment.ts';
import { containerSettings, readWorkerToken, type ContainerSettings } from './docker/containerSettings.ts';
import { dockerLauncher } from './docker/dockerLauncher.ts';
import { jobSettings, type JobSettings } from './kubernetes/jobSettings.ts';
import type { Launcher } from './launcher.ts';
import { processLauncher } from './processLauncher.ts';

type Kind = 'runs' | 'imports' | 'tasks';
type LauncherOf = (kind: Kind) => Launcher | null;

/** Where the workers of a kind come from (null: someone else starts them), and how many there may be. */
interface Source {
  launcher: Launcher | null;
  maxWorkers: number;
}

/** The launchers of each kind of work, as the environment asks for them. @param variables what workers inherit some of */
export async function openLaunchers(env: DispatcherEnvironment, variables: NodeJS.ProcessEnv, log: Logger): Promise<Record<Kind, Source>> {
  if (env.THAW_LAUNCHER === 'none') {
    const none = { launcher: null, maxWorkers: 0 };
    return { runs: none, imports: none, tasks: none };
  }
  const launcherOf = await openLauncher(env, variables, log);
  return {
    runs: { launcher: launcherOf('runs'), maxWorkers: env.MAX_WORKERS },
    imports: { launcher: launcherOf('imports'), maxWorkers: env.MAX_INGEST_WORKERS },
    tasks: { launcher: launcherOf('tasks'), maxWorkers: env.MAX_TASK_WORKERS },
  };
}

function openLauncher(env: Exclude<DispatcherEnvironment, { THAW_LAUNCHER: 'none' }>, variables: NodeJS.ProcessEnv, log: Logger): LauncherOf | Promise<LauncherOf> {
  if (env.THAW_LAUNCHER === 'docker') return ofContainers(env, variables, log);
  return env.THAW_LAUNCHER === 'kubernetes' ? ofJobs(env, variables, log) : ofProcesses(env, variables, log);
}

function ofProcesses(env: Extract<DispatcherEnvironment, { THAW_LAUNCHER: 'process' }>, variables: NodeJS.ProcessEnv, log: Logger): LauncherOf {
  const ofWorker = workerEnvironment(variables);
  const settings = {
    runs: { command: env.THAW_WORKER_COMMAND, environment: ofWorker, gpus: env.THAW_WORKER_GPUS === 'all' ? null : (env.THAW_WORKER_GPUS ?? null) },
    imports: { command: env.THAW_INGEST_COMMAND, environment: shortLivedEnvironment(ofWorker, 'ingest'), gpus: null },
    tasks: { command: env.THAW_TASK_COMMAND, environment: shortLivedEnvironment(ofWorker, 'tasks'), gpus: null },
  };
  return (kind) => {
    const { command, environment, gpus } = settings[kind];
    return command === undefined ? null : processLauncher({ command, environment, gpus, log });
  };
}

const queues = { runs: 'run', imports: 'import', tasks: 'task' } as const;

function ofContainers(env: Extract<DispatcherEnvironment, { THAW_LAUNCHER: 'docker' }>, variables: NodeJS.ProcessEnv, log: Logger): LauncherOf {
  // Where Docker is: DOCKER_HOST and its companions, as for Docker's own client.
  const docker = new Docker();
  const token = readWorkerToken(env);
  const settings = containerSettings(env, variables);
  return (kind) => {
    const ofKind: ContainerSettings | null = settings[kind];
    return ofKind === null ? null : dockerLauncher({ docker, deployment: env.THAW_DEPLOYMENT, queue: queues[kind], settings: ofKind, token, log });
  };
}

async function ofJobs(env: Extract<DispatcherEnvironment, { THAW_LAUNCHER: 'kubernetes' }>, variables: NodeJS.ProcessEnv, log: Logger): Promise<LauncherOf> {
  // The client is large: only a dispatcher that needs it loads it.
  const [{ openCluster }, { kubernetesLauncher }] = await Promise.all([import('./kubernetes/cluster.ts'), import('./kubernetes/kubernetesLauncher.ts')]);
  const cluster = openCluster(env.THAW_KUBERNETES_NAMESPACE ?? null);
  const settings = jobSettings(env, variables);
  const roomSeconds = env.THAW_UNSCHEDULABLE_MINUTES === undefined ? null : env.THAW_UNSCHEDULABLE_MINUTES * 60;
  // The owner is told while the work still counts as being started.
  const hopelessSeconds = Math.min(180, env.THAW_LAUNCH_SECONDS / 2);
  return (kind) => {
    const ofKind: JobSettings | null = settings[kind];
    return ofKind === null ? null : kubernetesLauncher({ cluster, deployment: env.THAW_DEPLOYMENT, queue: queues[kind], settings: ofKind, log, hopelessSeconds, roomSeconds });
  };
}
