import { setPriority } from 'node:os';
import { explainTaskFailure } from './explainTaskFailure.ts';
import type { TaskOrder, TaskReply } from './taskOrder.ts';

/** Behind a training run on the same machine, and not too far: people wait for previews. */
const niceness = 5;

/**
 * The process that works on the orders of a task worker, one at a time: the engine is loaded once, and what ends it ends no worker.
 * Orders come over the channel from the process that forked it, and it lives as long as that.
 */
setPriority(niceness);
// A signal to the group is for the worker, which ends this one when it is time.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));

/** At once: the first order is on its way. */
const loading = import('./executeOrder.ts');
loading.catch(() => undefined);
const reply = (message: TaskReply): void => void process.send?.(message);

async function work(order: TaskOrder): Promise<void> {
  try {
    const { executeOrder } = await loading;
    reply({ done: await executeOrder(order) });
  } catch (error) {
    const failed = explainTaskFailure(error);
    if (failed.code === 'internal_error' || failed.code === 'out_of_memory') process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    reply({ failed });
  }
}

process.on('message', (order) => void work(order as TaskOrder));
