/** A moment after which something is given up. It can only move nearer. */
export interface Deadline {
  readonly signal: AbortSignal;
  atMost(ms: number): void;
  clear(): void;
}

export function createDeadline(reason: string): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let at = Infinity;
  return {
    signal: controller.signal,
    atMost: (ms) => {
      if (performance.now() + ms >= at) return;
      at = performance.now() + ms;
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(reason)), ms);
    },
    clear: () => clearTimeout(timer),
  };
}
