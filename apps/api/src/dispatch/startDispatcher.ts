import type { Logger } from 'pino';
import { channels } from '../notify.ts';
import { startLoop } from '../work/startLoop.ts';
import type { Launcher } from './launcher.ts';
import { workerStarter } from './workerStarter.ts';
import type { WorkQueue } from './workQueue.ts';

/** Work of one kind and where its workers come from. */
export interface Line {
  queue: WorkQueue;
  /** Null: someone else starts workers. */
  launcher: Launcher | null;
  maxWorkers: number;
}

export interface DispatcherOptions {
  log: Logger;
  databaseUrl: string;
  lines: readonly Line[];
  /** Seconds for which a started worker may take to claim its work. */
  launchSeconds: number;
  /** For which a worker without work may say nothing. An API that was out of reach is asked again within half a minute. */
  silentSeconds?: number;
  pollSeconds?: number;
  /** For which leases are not judged after the database was out of reach: longer than a worker's longest pause between two tries. */
  graceSeconds?: number;
}

/**
 * The loop that keeps work moving: takes it from silent workers, and has workers started for what waits. Its state is in the
 * database, so that it may be killed at any time, and several may run at once.
 */
export function startDispatcher({ log, databaseUrl, lines, launchSeconds, silentSeconds = launchSeconds + 30, pollSeconds = 1, graceSeconds = 15 }: DispatcherOptions): { close: () => Promise<void> } {
  /** Leases are left alone until then. */
  let graceUntil = 0;
  const starters = lines.map(({ queue, launcher, maxWorkers }) => (launcher === null ? null : workerStarter({ queue, launcher, maxWorkers, silentSeconds, log })));

  async function work(closing: AbortSignal): Promise<void> {
    for (const [i, { queue }] of lines.entries()) {
      if (performance.now() >= graceUntil) await queue.expireLeases();
      await queue.requeueUnclaimed({ seconds: launchSeconds });
      if (!closing.aborted) await starters[i]?.();
    }
  }

  const loop = startLoop({
    databaseUrl,
    name: 'thaw-dispatcher-listen',
    channel: channels.queue,
    pollSeconds,
    work,
    onFailure: (error, first) => {
      // While the database was away nobody could renew a lease: whoever lives must be heard before leases are judged.
      graceUntil = performance.now() + graceSeconds * 1000;
      if (first) log.error({ err: error }, 'the queue cannot be worked on now; trying on');
    },
  });
  return {
    close: async () => {
      await loop.close();
      await Promise.all(lines.map(async ({ launcher }) => launcher?.close()));
    },
  };
}
