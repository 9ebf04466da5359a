import type { Logger } from 'pino';
import { LauncherAway, type Launcher } from './launcher.ts';
import { launchWorkers } from './launchWorkers.ts';
import type { WorkQueue } from './workQueue.ts';

export interface WorkerStarterOptions {
  queue: WorkQueue;
  launcher: Launcher;
  maxWorkers: number;
  log: Logger;
}

/** One turn of starting workers. While the launcher is away work waits, and what else the dispatcher does goes on. */
export function workerStarter({ queue, launcher, maxWorkers, log }: WorkerStarterOptions): () => Promise<void> {
  let reconciled = !launcher.outlives;
  let away = false;

  /** An earlier dispatcher may have died between its word that it starts a worker and the deed: such work waits for nobody. */
  async function reconcile(): Promise<void> {
    const living = (await launcher.list()).filter(({ ended }) => ended === null);
    await queue.requeueUnclaimed({ seconds: 0, expected: living.map(({ launchedFor }) => launchedFor) });
    reconciled = true;
  }

  return async () => {
    try {
      if (!reconciled) await reconcile();
      await launchWorkers(queue, { launcher, maxWorkers });
      away = false;
    } catch (error) {
      if (!(error instanceof LauncherAway)) throw error;
      if (!away) log.error({ err: error }, 'no worker can be started now; trying on');
      away = true;
    }
  };
}
