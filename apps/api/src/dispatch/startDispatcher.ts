import { openListener } from '@thaw/db/listener';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { channels } from '../notify.ts';
import type { Launcher } from './launcher.ts';
import { launchWorkers } from './launchWorkers.ts';
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
  pollSeconds?: number;
  /** For which leases are not judged after the database was out of reach: longer than a worker's longest pause between two tries. */
  graceSeconds?: number;
}

/**
 * The loop that keeps work moving: takes it from silent workers, and has workers started for what waits. Its state is in the
 * database, so that it may be killed at any time, and several may run at once.
 */
export function startDispatcher({ log, databaseUrl, lines, launchSeconds, pollSeconds = 1, graceSeconds = 15 }: DispatcherOptions): { close: () => Promise<void> } {
  const closing = new AbortController();
  let hinted = new AbortController();
  const hint = (): void => hinted.abort();
  const listener = openListener({ url: databaseUrl, name: 'thaw-dispatcher-listen', on: { [channels.queue]: hint }, onGap: hint });

  /** Leases are left alone until then. */
  let graceUntil = 0;

  async function work(): Promise<void> {
    for (const { queue, launcher, maxWorkers } of lines) {
      if (performance.now() >= graceUntil) await queue.expireLeases();
      await queue.requeueUnclaimed({ seconds: launchSeconds });
      if (launcher !== null && !closing.signal.aborted) await launchWorkers(queue, { launcher, maxWorkers });
    }
  }

  async function loop(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        hinted = new AbortController();
        await work();
        failures = 0;
      } catch (error) {
        // While the database was away nobody could renew a lease: whoever lives must be heard before leases are judged.
        graceUntil = performance.now() + graceSeconds * 1000;
        if (failures++ % 30 === 0) log.error({ err: error }, 'the queue cannot be worked on now; trying on');
      }
      // A hint cuts the wait short, except after a failure.
      const wake = failures > 0 ? closing.signal : AbortSignal.any([closing.signal, hinted.signal]);
      await sleep(pollSeconds * 1000, undefined, { signal: wake }).catch(() => undefined);
    }
  }

  const running = loop();
  return {
    close: async () => {
      closing.abort();
      await running;
      await Promise.all([listener.close(), ...lines.map(({ launcher }) => launcher?.close())]);
    },
  };
}
