import type { LaunchedWorker, Launcher } from './launcher.ts';
import type { WorkQueue } from './workQueue.ts';

export interface LaunchWorkersInput {
  launcher: Launcher;
  maxWorkers: number;
}

/** Starts as many workers as there are waiting pieces of work beyond what living workers will take, within the limits. */
export async function launchWorkers(queue: WorkQueue, { launcher, maxWorkers }: LaunchWorkersInput): Promise<void> {
  const workers = await launcher.list();
  for (const { launchedFor, ended } of workers)
    if (ended !== null) await queue.failLaunch({ id: launchedFor, reason: `the worker ended before it took any work (${ended}).` });
  const living = workers.filter(({ ended }) => ended === null);
  const ids = await queue.markLaunching({ covered: await countIdle(queue, living), limit: maxWorkers - living.length });
  for (const id of ids) {
    try {
      await launcher.launch(id);
    } catch (error) {
      await queue.failLaunch({ id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** Workers that have no work and were not started for a piece that still waits for them. */
async function countIdle(queue: WorkQueue, living: readonly LaunchedWorker[]): Promise<number> {
  if (living.length === 0) return 0;
  const busy = new Set(await queue.busyWorkers(living.map(({ name }) => name)));
  const idle = living.filter(({ name }) => !busy.has(name));
  if (idle.length === 0) return 0;
  const launching = await queue.stillLaunching([...new Set(idle.map(({ launchedFor }) => launchedFor))]);
  return Math.max(0, idle.length - launching.length);
}
