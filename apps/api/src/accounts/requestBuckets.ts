/** Of how many callers the buckets are kept; above it the oldest is dropped. */
const mostCallers = 20_000;

export interface Buckets {
  /** Takes one request of this caller's. @returns the seconds after which there is one again, or null when there was one */
  take: (caller: string) => number | null;
}

/**
 * Requests of each caller: `perMinute` at once, refilled evenly. Of this process alone: with several, each allows as many. That is
 * enough for what it is there for, that one script in a loop does not take the process from all others, and costs no query.
 */
export function openBuckets(perMinute: number): Buckets {
  if (perMinute === 0) return { take: () => null };
  const perMillisecond = perMinute / 60_000;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (caller) => {
      const now = performance.now();
      const bucket = buckets.get(caller);
      if (bucket === undefined) {
        const oldest = buckets.size < mostCallers ? undefined : buckets.keys().next().value;
        if (oldest !== undefined) buckets.delete(oldest);
        buckets.set(caller, { left: perMinute - 1, at: now });
        return null;
      }
      const left = Math.min(perMinute, bucket.left + (now - bucket.at) * perMillisecond);
      bucket.at = now;
      bucket.left = left >= 1 ? left - 1 : left;
      return left >= 1 ? null : Math.max(1, Math.ceil((1 - left) / perMillisecond / 1000));
    },
  };
}
