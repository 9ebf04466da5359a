import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { startGuard } from './guard.ts';
import type { LaunchedWorker, Launcher } from './launcher.ts';

export interface ProcessLauncherOptions {
  /** Program and arguments of a worker. */
  command: readonly [string, ...string[]];
  /** All that it gets to know, its name apart: no database and no storage credentials. */
  environment: Readonly<Record<string, string>>;
  log: Logger;
  /** Ids of GPUs, of which each worker sees one that no other has; null: all see the same. */
  gpus?: readonly string[] | null;
  /** From the request to stop until it is killed: it writes a checkpoint meanwhile. */
  graceSeconds?: number;
}

interface Child extends LaunchedWorker {
  gpu: string | null;
  process: ChildProcess;
  exited: Promise<void>;
}

/** Workers as child processes of this one. They end with it, also when it is killed. */
export function processLauncher({ command, environment, log, gpus = null, graceSeconds = 40 }: ProcessLauncherOptions): Launcher {
  let children: Child[] = [];
  let count = 0;
  const family = `${hostname().slice(0, 100)}-${process.pid}-${randomBytes(3).toString('hex')}`;

  /** One that no living worker has. Null: each may have any. */
  function freeGpu(): string | null {
    if (gpus === null) return null;
    const free = gpus.find((id) => !children.some(({ gpu, ended }) => gpu === id && ended === null));
    if (free === undefined) throw new Error('All GPUs of this machine have a worker.');
    return free;
  }

  async function launch(workId: string): Promise<void> {
    const name = `${family}-${++count}`;
    const [program, ...args] = command;
    const gpu = freeGpu();
    // In the order in which nvidia-smi counts them.
    const device = gpu === null ? {} : { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: gpu };
    // A group of its own, so that Ctrl-C reaches the dispatcher alone and the workers are stopped in order.
    const child = spawn(program, args, { env: { ...environment, ...device, THAW_WORKER_NAME: name }, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(`The worker program cannot be started (${error.code ?? 'unknown error'}).`)));
    });
    const guard = startGuard(child.pid as number, graceSeconds);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        guard.dismiss();
        entry.ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
        log.info({ worker: name, ended: entry.ended }, 'worker ended');
        resolve();
      });
    });
    const entry: Child = { name, launchedFor: workId, ended: null, gpu, process: child, exited };
    children.push(entry);
    log.info({ worker: name, for: workId, pid: child.pid, ...(gpu !== null && { gpu }) }, 'worker started');
  }

  return {
    outlives: false,
    launch,
    list: () => {
      const listed = children.map(({ name, launchedFor, ended }) => ({ name, launchedFor, ended }));
      children = children.filter(({ ended }) => ended === null);
      return Promise.resolve(listed);
    },
    stop: (name, seconds) => {
      const child = children.find((one) => one.name === name && one.ended === null);
      if (child === undefined) return Promise.resolve();
      child.process.kill('SIGTERM');
      const late = setTimeout(() => child.process.kill('SIGKILL'), seconds * 1000);
      void child.exited.then(() => clearTimeout(late));
      return Promise.resolve();
    },
    close: async () => {
      const kill = (signal: NodeJS.Signals): void => {
        for (const { process: child, ended } of children) if (ended === null) child.kill(signal);
      };
      kill('SIGTERM');
      const late = setTimeout(() => kill('SIGKILL'), graceSeconds * 1000);
      await Promise.all(children.map(({ exited }) => exited));
      clearTimeout(late);
    },
  };
}
