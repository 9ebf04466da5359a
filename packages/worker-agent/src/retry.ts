import { setTimeout as sleep } from 'node:timers/promises';

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** Doubling pauses with jitter (50 to 100 %), so that many workers do not come back in step after an outage. */
export function pauseMs(failures: number, { firstMs, maxMs }: Backoff, random: () => number = Math.random): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30)) * (0.5 + random() / 2);
}

export interface RetryOptions {
  signal: AbortSignal;
  backoff: Backoff;
  /** Whether trying again can help; a number asks for at least so many milliseconds of pause. */
  retryable: (error: unknown) => boolean | number;
  onRetry?: (error: unknown, failures: number) => void;
}

/**
 * Repeats `work` until it succeeds, fails in a way that repeating cannot mend, or `signal` aborts.
 *
 * @throws the last error of `work`, or the signal's reason
 */
export async function retry<T>(work: () => Promise<T>, { signal, backoff, retryable, onRetry }: RetryOptions): Promise<T> {
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const verdict = retryable(error);
      if (verdict === false) throw error;
      onRetry?.(error, failures + 1);
      await pause(Math.max(pauseMs(failures, backoff), verdict === true ? 0 : verdict), signal);
    }
  }
}

/** Waits, or throws the signal's reason as soon as it aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
