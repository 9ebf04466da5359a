import type { Logger } from 'pino';
import { LauncherAway, type Launcher } from './launcher.ts';
import { launchWorkers } from './launchWorkers.ts';
import { silenceWatch } from './stopSilent.ts';
import type { WorkQueue } from './workQueue.ts';

export interface WorkerStarterOptions {
  queue: WorkQueue;
  launcher: Launcher;
  maxWorkers: number;
  /** A worker without work that is not heard of for so long is stopped, and waited for no more. */
  silentSeconds: number;
  log: Logger;
}

/** One turn of starting workers. While the launcher is away work waits, and what else the dispatcher does goes on. */
export function workerStarter({ queue, launcher, maxWorkers, silentSeconds, log }: WorkerStarterOptions): () => Promise<void> {
  let reconciled = !launcher.outlives;
  let away = false;
  const stopSilent = silenceWatch({ queue, launcher, seconds: silentSeconds, log });

  /** This dispatcher or an earlier one may have been cut off between its word that it starts a worker and the deed: such work waits for nobody. */
  async function reconcile(): Promise<void> {
    const living = (await launcher.list()).filter(({ ended }) => ended === null);
    await queue.requeueUnclaimed({ seconds: 0, expected: living.map(({ launchedFor }) => launchedFor) });
    reconciled = true;
  }

  return async () => {
    try {
      if (!reconciled) await reconcile();
      await launchWorkers(queue, { launcher, maxWorkers, stopSilent });
      away = false;
    } catch (error) {
      if (!(error instanceof LauncherAway)) throw error;
      if (!away) log.error({ err: error }, 'no worker can be started now; trying on');
      away = true;
      reconciled = !launcher.outlives;
    }
  };
}
