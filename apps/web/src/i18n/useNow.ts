'use client';

import { useSyncExternalStore } from 'react';

/** The time, in steps of so many milliseconds; null while the server renders, which has another clock. */
export function useNow(step = 1000): number | null {
  return useSyncExternalStore(
    (listener) => {
      const timer = setInterval(listener, step);
      return () => clearInterval(timer);
    },
    () => Math.floor(Date.now() / step) * step,
    () => null,
  );
}
