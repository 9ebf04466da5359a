import { LauncherAway, type LaunchedWorker, type Launcher } from './launcher.ts';
import type { StopSilent } from './stopSilent.ts';
import type { WorkQueue } from './workQueue.ts';

export interface LaunchWorkersInput {
  launcher: Launcher;
  maxWorkers: number;
  stopSilent: StopSilent;
}

/** Starts as many workers as there are waiting pieces of work beyond what living workers will take, within the limits. */
export async function launchWorkers(queue: WorkQueue, { launcher, maxWorkers, stopSilent }: LaunchWorkersInput): Promise<void> {
  const workers = await launcher.list();
  const living = workers.filter(({ ended }) => ended === null);
  // A piece may have been given up for one worker, and another one may have been started for it.
  const expected = new Set(living.map(({ launchedFor }) => launchedFor));
  for (const { name, launchedFor, ended, lingers } of workers) {
    if (ended === null) continue;
    if (lingers !== true) await queue.loseWorker({ name, reason: `The worker ended in the midst of it (${ended}).` });
    if (!expected.has(launchedFor)) await queue.failLaunch({ id: launchedFor, worker: name, reason: `the worker ended before it took any work (${ended}).` });
  }

  const busy = living.length === 0 ? new Set() : new Set(await queue.busyWorkers(living.map(({ name }) => name)));
  const idle = living.filter(({ name }) => !busy.has(name));
  const silent = await stopSilent(idle);
  const ready = idle.filter(({ name }) => !silent.has(name));
  await stopNeedless(queue, launcher, ready);
  const covered = await countExpectant(queue, ready);
  const ids = await queue.markLaunching({ covered, limit: maxWorkers - living.length });
  for (const id of ids) {
    try {
      await launcher.launch(id);
    } catch (error) {
      if (error instanceof LauncherAway) throw error;
      await queue.failLaunch({ id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** One that still waits for its place, while what it was started for has been cancelled or done by others, would only take that from someone. */
async function stopNeedless(queue: WorkQueue, launcher: Launcher, idle: readonly LaunchedWorker[]): Promise<void> {
  const waiting = idle.filter(({ waits }) => waits === true);
  if (waiting.length === 0) return;
  const needless = idle.length - (await queue.countWaiting(idle.length));
  if (needless <= 0) return;
  const launching = new Set(await queue.stillLaunching(waiting.map(({ launchedFor }) => launchedFor)));
  for (const { name } of waiting.filter(({ launchedFor }) => !launching.has(launchedFor)).slice(0, needless)) await launcher.stop(name, 0);
}

/** How many workers without work were not started for a piece that still waits for them. */
async function countExpectant(queue: WorkQueue, idle: readonly LaunchedWorker[]): Promise<number> {
  if (idle.length === 0) return 0;
  const launching = await queue.stillLaunching([...new Set(idle.map(({ launchedFor }) => launchedFor))]);
  return Math.max(0, idle.length - launching.length);
}
