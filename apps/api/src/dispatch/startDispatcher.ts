import { openListener } from '@thaw/db/listener';
import { setTimeout as sleep } from 'node:timers/promises';
import { expireLeases } from '../attempts/expireLeases.ts';
import { channels } from '../notify.ts';
import type { DispatchContext } from './dispatchContext.ts';
import type { Launcher } from './launcher.ts';
import { launchWorkers } from './launchWorkers.ts';
import { requeueUnclaimed } from './requeueUnclaimed.ts';

export interface DispatcherOptions {
  ctx: DispatchContext;
  databaseUrl: string;
  /** Null: someone else starts workers. */
  launcher: Launcher | null;
  maxWorkers: number;
  /** Seconds for which a started worker may take to claim a run. */
  launchSeconds: number;
  pollSeconds?: number;
  /** For which leases are not judged after the database was out of reach: longer than a worker's longest pause between two tries. */
  graceSeconds?: number;
}

/**
 * The loop that keeps runs moving: takes them from silent workers, and has workers started for those that wait. Its state is
 * in the database, so that it may be killed at any time, and several may run at once.
 */
export function startDispatcher({ ctx, databaseUrl, launcher, maxWorkers, launchSeconds, pollSeconds = 1, graceSeconds = 15 }: DispatcherOptions): { close: () => Promise<void> } {
  const closing = new AbortController();
  let hinted = new AbortController();
  const hint = (): void => hinted.abort();
  const listener = openListener({ url: databaseUrl, name: 'thaw-dispatcher-listen', on: { [channels.queue]: hint }, onGap: hint });

  /** Leases are left alone until then. */
  let graceUntil = 0;

  async function work(): Promise<void> {
    if (performance.now() >= graceUntil) await expireLeases(ctx);
    await requeueUnclaimed(ctx, { seconds: launchSeconds });
    if (launcher !== null && !closing.signal.aborted) await launchWorkers(ctx, { launcher, maxWorkers });
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
        if (failures++ % 30 === 0) ctx.log.error({ err: error }, 'the queue cannot be worked on now; trying on');
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
      await Promise.all([listener.close(), launcher?.close()]);
    },
  };
}
