import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '../demo/apiClient.ts';

/** Pause before the next try: doubling from half a second to 15, with jitter. */
export const pauseMilliseconds = (failures: number): number => Math.min(15_000, 500 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/** Waits, or throws the signal's reason as soon as it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** Whether an answer of the API, or none, may be another one soon. */
export const mayPass = (error: unknown): boolean => !(error instanceof ApiProblem) || error.status >= 500 || error.status === 429;

export interface Patience {
  signal: AbortSignal;
  /** Told at the first failure of a row, and at every tenth. */
  onTrouble: (error: unknown) => void;
  /** How long to go on trying. */
  seconds: number;
}

/** Repeats a call that does no harm twice while the API is away. @throws the last error, or the signal's reason */
export async function patiently<T>(call: () => Promise<T>, { signal, onTrouble, seconds }: Patience): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (let failures = 0; ; failures++) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) || performance.now() > end) throw error;
      if (failures % 10 === 0) onTrouble(error);
      await pause(pauseMilliseconds(failures), signal);
    }
  }
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
export function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof Error ? cause.message || cause.name : String(cause);
  return words.replace(/\?\S*X-Amz-\S*/g, '?...');
}
