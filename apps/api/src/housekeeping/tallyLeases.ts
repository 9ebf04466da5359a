import type { WorkQueue } from '../dispatch/workQueue.ts';
import type { Tally } from './openTally.ts';

/** The same queue; how the sweep of its leases goes is noted under that name. */
export const tallyLeases = (queue: WorkQueue, name: string, tally: Tally): WorkQueue => ({ ...queue, expireLeases: () => tally.turn(name, queue.expireLeases) });
