import type Docker from 'dockerode';
import type { Container, ContainerInfo } from 'dockerode';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { LauncherAway, type LaunchedWorker, type Launcher } from '../launcher.ts';
import { containerOptions, labels } from './containerOptions.ts';
import type { ContainerSettings } from './containerSettings.ts';
import { lastWords } from './lastWords.ts';

export interface DockerLauncherOptions {
  docker: Docker;
  deployment: string;
  /** Name of the queue that its workers serve. */
  queue: string;
  settings: ContainerSettings;
  token: string;
  log: Logger;
  /** From the request to stop until it is killed: it writes a checkpoint meanwhile. */
  graceSeconds?: number;
}

/** A container is created and started in one go: what is still not started after so long never will be. */
const startSeconds = 60;
const loggedLines = 20;

const statusOf = (error: unknown): number | null => (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();

/**
 * Workers as Docker containers, known by their labels: nothing is remembered here that Docker does not know. A dispatcher that was killed
 * leaves them at their work, and the next one has them in its list. One that closes stops them all, with those that it has found.
 */
export function dockerLauncher({ docker, deployment, queue, settings, token, log, graceSeconds = 40 }: DockerLauncherOptions): Launcher {
  /** Those that this dispatcher started, or found when it came: those of one that came later are not its own to stop. */
  const own = new Set<string>();
  let looked = false;

  const all = async (): Promise<ContainerInfo[]> => {
    try {
      return await docker.listContainers({ all: true, filters: { label: [`${labels.deployment}=${deployment}`, `${labels.queue}=${queue}`] } });
    } catch (error) {
      throw new LauncherAway(`Docker does not answer: ${wordsOf(error)}`, { cause: error });
    }
  };
  const nameOf = ({ Names, Id }: ContainerInfo): string => Names[0]?.replace(/^\//, '') ?? Id;
  const isAlive = ({ State }: ContainerInfo): boolean => ['created', 'running', 'restarting', 'paused'].includes(State);
  const remove = async (container: Container): Promise<void> => {
    // Gone, or on its way.
    await container.remove({ force: true, v: true }).catch((error: unknown) => {
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    });
  };

  const stopContainer = async (id: string, seconds: number): Promise<void> => {
    await docker.getContainer(id).stop({ t: seconds }).catch((error: unknown) => {
      // 304: it has stopped already.
      if (![304, 404].includes(statusOf(error) ?? 0)) throw error;
    });
  };

  /** Takes a container that has ended away. @returns how it ended */
  async function bury(info: ContainerInfo): Promise<string> {
    const container = docker.getContainer(info.Id);
    try {
      const { State } = await container.inspect();
      const words = lastWords(await container.logs({ stdout: true, stderr: true, tail: loggedLines, follow: false }), loggedLines);
      const how = State.OOMKilled ? 'it had not enough memory' : info.State === 'created' ? 'it was never started' : `exit code ${State.ExitCode}`;
      const failed = State.ExitCode !== 0 || State.OOMKilled;
      log[failed ? 'warn' : 'info']({ worker: nameOf(info), ended: how, ...(failed && { lastLines: words }) }, 'worker ended');
      return failed && words.length > 0 ? `${how}: ${words.at(-1)}` : how;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      return 'it was removed';
    } finally {
      own.delete(info.Id);
      await remove(container);
    }
  }

  /** One that no living container has. Null: none is wanted. */
  async function freeGpu(): Promise<string | null> {
    const { gpus } = settings;
    if (gpus === null || gpus === 'all') return gpus;
    const taken = new Set((await all()).filter(isAlive).map(({ Labels }) => Labels[labels.gpu]));
    const free = gpus.find((id) => !taken.has(id));
    if (free === undefined) throw new Error('All GPUs of the Docker host have a worker.');
    return free;
  }

  async function launch(workId: string): Promise<void> {
    const name = `${deployment}-${queue}-${randomBytes(5).toString('hex')}`;
    let container: Container | null = null;
    try {
      container = await docker.createContainer(containerOptions({ name, deployment, queue, workId, gpu: await freeGpu(), settings }));
      own.add(container.id);
      const input = await container.attach({ stream: true, stdin: true, hijack: true });
      input.on('error', () => undefined);
      await container.start();
      input.end(`${token}\n`);
      log.info({ worker: name, for: workId, container: container.id.slice(0, 12) }, 'worker started');
    } catch (error) {
      if (container !== null) await remove(container).catch(() => undefined);
      const missing = container === null && statusOf(error) === 404;
      throw new Error(missing ? `the Docker host has no image ${settings.image}: build or pull it there.` : wordsOf(error), { cause: error });
    }
  }

  return {
    outlives: true,
    launch,
    list: async () => {
      const listed: LaunchedWorker[] = [];
      for (const info of await all()) {
        const dead = info.State === 'created' ? Date.now() / 1000 - info.Created > startSeconds : !isAlive(info);
        if (info.State === 'removing') continue;
        if (!dead && !looked && !own.has(info.Id)) {
          own.add(info.Id);
          log.info({ worker: nameOf(info), for: info.Labels[labels.work] }, 'worker found that an earlier dispatcher has started');
        }
        listed.push({ name: nameOf(info), launchedFor: info.Labels[labels.work] ?? '', ended: dead ? await bury(info) : null });
      }
      looked = true;
      return listed;
    },
    stop: async (name, seconds) => {
      const found = (await all()).find((info) => nameOf(info) === name);
      if (found === undefined) return;
      stopContainer(found.Id, seconds).catch((error: unknown) => log.error({ err: error, worker: name }, 'a worker could not be stopped'));
    },
    close: async () => {
      const stop = async (id: string): Promise<void> => {
        await stopContainer(id, graceSeconds);
        await remove(docker.getContainer(id));
      };
      const ends = await Promise.allSettled([...own].map(stop));
      for (const end of ends) if (end.status === 'rejected') log.error({ err: end.reason as unknown }, 'a worker could not be stopped');
      own.clear();
    },
  };
}
