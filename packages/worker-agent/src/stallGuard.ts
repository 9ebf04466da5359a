/** Aborts a transfer when no bytes have moved for a while, and when `signal` does. */
export interface StallGuard {
  signal: AbortSignal;
  /** Call at every chunk. */
  moved(): void;
  stop(): void;
}

export function guardAgainstStall(signal: AbortSignal, stallMs: number): StallGuard {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`nothing moved for ${stallMs / 1000} s`)), stallMs);
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    moved: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
