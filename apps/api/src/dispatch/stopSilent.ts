import type { Logger } from 'pino';
import type { LaunchedWorker, Launcher } from './launcher.ts';
import type { WorkQueue } from './workQueue.ts';

export interface StopSilentOptions {
  queue: Pick<WorkQueue, 'unheardFor'>;
  launcher: Pick<Launcher, 'stop'>;
  /** Longer than a worker takes to start, and than its longest pause between two questions for work. */
  seconds: number;
  log: Logger;
}

/**
 * Stops those of these living workers without work that hang or cannot reach the API: nothing was heard of them for too long.
 * @returns their names
 */
export type StopSilent = (idle: readonly LaunchedWorker[]) => Promise<ReadonlySet<string>>;

/** What such a worker was at is void: there is little to wait for. */
const graceSeconds = 5;

/**
 * A worker that has never asked for work counts from when it was first looked at, so that no two clocks are compared; one that has waited for
 * its place from when it no longer did, whatever it said before.
 */
export function silenceWatch({ queue, launcher, seconds, log }: StopSilentOptions): StopSilent {
  let since = new Map<string, number>();
  let waited = new Set<string>();
  let told = new Set<string>();
  return async (idle) => {
    const now = performance.now();
    const names = idle.filter(({ waits }) => waits !== true).map(({ name }) => name);
    waited = new Set(idle.filter(({ name, waits }) => waits === true || waited.has(name)).map(({ name }) => name));
    since = new Map(names.map((name) => [name, since.get(name) ?? now]));
    told = new Set(names.filter((name) => told.has(name)));
    if (names.length === 0) return told;
    const unheard = await queue.unheardFor(names);
    for (const name of names) {
      const looked = (now - (since.get(name) ?? now)) / 1000;
      const heard = unheard.get(name) ?? looked;
      const silence = waited.has(name) ? Math.min(heard, looked) : heard;
      if (silence <= seconds || told.has(name)) continue;
      log.warn({ worker: name, seconds: Math.round(silence) }, 'a worker without work has not asked for any for too long: it is stopped');
      await launcher.stop(name, graceSeconds);
      told.add(name);
    }
    return told;
  };
}
