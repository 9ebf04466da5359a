import { retry, type Backoff } from '@thaw/worker-agent/retry';
import { ApiProblem } from '../demo/apiClient.ts';

export const backoff: Backoff = { firstMs: 500, maxMs: 15_000 };

/** Whether an answer of the API, or none, may be another one soon. */
const mayPass = (error: unknown): boolean => !(error instanceof ApiProblem) || error.status >= 500 || error.status === 429;

export interface Patience {
  signal: AbortSignal;
  /** Told at the first failure, and at every tenth. */
  onTrouble: (error: unknown) => void;
  /** How long to go on trying. */
  seconds: number;
}

/** Repeats a call that does no harm twice while the API is away. @throws the last error, or the signal's reason */
export function patiently<T>(call: () => Promise<T>, { signal, onTrouble, seconds }: Patience): Promise<T> {
  const end = performance.now() + seconds * 1000;
  return retry(call, {
    signal,
    backoff,
    retryable: (error) => mayPass(error) && performance.now() < end,
    onRetry: (error, failures) => {
      if (failures % 10 === 1) onTrouble(error);
    },
  });
}
