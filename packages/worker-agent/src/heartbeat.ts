import { ApiRefusal } from './apiCalls.ts';
import { describeError } from './describeError.ts';
import type { Log } from './log.ts';
import { pause } from './retry.ts';

export interface HeartbeatOptions {
  /** One call to the API; it is not repeated by itself. */
  beat: (signal: AbortSignal) => Promise<{ action: 'continue' | 'stop' }>;
  intervalSeconds: number;
  leaseSeconds: number;
  log: Log;
  /** The API wants the work to stop. Called once. */
  onStop: () => void;
  /** The API refuses this attempt for good. Called once, and the heart stops. */
  onRefused: (refusal: ApiRefusal) => void;
}

export interface Heartbeat {
  stop(): void;
}

/**
 * Keeps the lease alive on a timer of its own for as long as the work is ours, whatever else is going on. A missed beat is
 * repeated soon; while the API is away the work goes on, and what it has to tell waits.
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { beat: tell, intervalSeconds, leaseSeconds, log, onStop, onRefused } = options;
  const stopped = new AbortController();
  const soonMs = Math.min(1000, intervalSeconds * 250);

  async function beat(): Promise<void> {
    let answeredAt = performance.now();
    let silent = false;
    let stopHeard = false;
    for (;;) {
      const startedAt = performance.now();
      let waitMs = intervalSeconds * 1000;
      try {
        const { action } = await tell(AbortSignal.any([stopped.signal, AbortSignal.timeout(Math.max(1000, waitMs))]));
        answeredAt = startedAt;
        if (silent) log('info', 'the API answers again');
        silent = false;
        if (action === 'stop' && !stopHeard) {
          stopHeard = true;
          onStop();
        }
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (error instanceof ApiRefusal) return onRefused(error);
        waitMs = soonMs;
        if (!silent && performance.now() - answeredAt > leaseSeconds * 1000) {
          silent = true;
          log('warning', `no heartbeat for longer than the lease (${describeError(error)}); work goes on, and what it has to tell waits`);
        }
      }
      await pause(Math.max(soonMs, waitMs - (performance.now() - startedAt)), stopped.signal);
    }
  }

  beat().catch((error: unknown) => {
    if (!stopped.signal.aborted) log('error', `the heartbeat stopped: ${describeError(error)}`);
  });
  return { stop: () => stopped.abort(new Error('the work is over')) };
}
