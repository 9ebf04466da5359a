import { ApiRefusal } from './apiCalls.ts';
import { describeError } from './describeError.ts';
import type { Log } from './log.ts';
import { pause, pauseMs } from './retry.ts';

export interface WorkLoopOptions<Ticket> {
  /** One try; null when nothing waits. */
  claim: () => Promise<Ticket | null>;
  work: (ticket: Ticket, count: number) => Promise<void>;
  /** What a ticket is for, in the log. */
  what: 'run' | 'import' | 'task';
  /** Leave after one ticket, or when it is not to be had. */
  once: boolean;
  /** Leave after so long without a ticket; 0: stay. */
  idleSeconds: number;
  /** Between two questions for work; 2000 where nothing else is said. */
  pollMs?: number;
  log: Log;
  shutdown: AbortSignal;
}

const awayBackoff = { firstMs: 500, maxMs: 10_000 };

/**
 * The life of a worker: claim, see it to its end, claim the next; one at a time.
 *
 * @throws ApiRefusal when the API will not have this worker (a wrong token)
 */
export async function workLoop<Ticket>(options: WorkLoopOptions<Ticket>): Promise<void> {
  for (let count = 0; ; count++) {
    const ticket = await waitForTicket(options);
    if (ticket === null) return;
    await options.work(ticket, count);
    if (options.once) return;
  }
}

/** Null when it is time to go: told to, idle for too long, or the one that was wanted is not to be had. */
async function waitForTicket<Ticket>({ claim, what, once, idleSeconds, pollMs = 2000, log, shutdown }: WorkLoopOptions<Ticket>): Promise<Ticket | null> {
  const idleSince = performance.now();
  let failures = 0;
  while (!shutdown.aborted) {
    try {
      // A shutdown does not cut this call: a ticket that is granted and not heard of would hold its run up for a lease.
      const ticket = await claim();
      if (ticket !== null || once) return ticket;
      failures = 0;
    } catch (error) {
      if (error instanceof ApiRefusal) throw error;
      if (failures++ % 20 === 0) log('warning', `no ${what} can be claimed now (${describeError(error)}); trying on`);
    }
    const idleMs = idleSeconds * 1000;
    if (idleMs > 0 && performance.now() - idleSince > idleMs) {
      log('info', `no ${what} for ${idleSeconds} s`);
      return null;
    }
    await pause(failures > 0 ? pauseMs(failures - 1, awayBackoff) : pauseMs(0, { firstMs: pollMs, maxMs: pollMs }), shutdown).catch(() => undefined);
  }
  return null;
}
