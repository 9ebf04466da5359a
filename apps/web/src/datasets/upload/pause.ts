const longest = 15_000;

/** Waits before another try, longer each time; ends early when the machine is online again. @throws the signal's reason */
export function pause(failures: number, signal: AbortSignal): Promise<void> {
  const milliseconds = Math.min(longest, 500 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2);
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
