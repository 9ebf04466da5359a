import { rm } from 'node:fs/promises';
import { cpus, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskTicket } from '@thaw/contract/tasks';
import { createApiCalls } from '@thaw/worker-agent/apiCalls';
import type { Log } from '@thaw/worker-agent/log';
import { createWorkFolder, removeAbandonedFolders } from '@thaw/worker-agent/workFolder';
import { workLoop } from '@thaw/worker-agent/workLoop';
import { readVariables, workerVariables } from '@thaw/worker-agent/workerProcess';
import { z } from 'zod';
import { cacheVariables } from '../environment.ts';
import { createDataShelf } from './dataShelf.ts';
import { runTask } from './runTask.ts';
import { claimTask } from './taskClient.ts';
import { createTaskHands } from './taskHands.ts';

/** The environment of a task worker. */
const taskEnvironment = z.object({
  ...workerVariables,
  ...cacheVariables,
  /** Scratch space: a task needs room for a model and what is made of it. */
  THAW_WORK_DIR: z.string().default(join(tmpdir(), 'thaw-tasks')),
});

export interface TaskAgentOptions {
  variables: NodeJS.ProcessEnv;
  /** The script of the process that works on orders. */
  script: string;
  log: Log;
  /** Stop in good order: the task at hand is given back. */
  shutdown: AbortSignal;
}

/** Somebody waits for what a task brings. */
const pollMs = 500;

/**
 * The life of a task worker: claim a task, see it to its end, claim the next; one at a time. It computes on the CPU: a GPU is for training.
 *
 * @throws ApiRefusal when the API will not have this worker (a wrong token); Error with a line for each variable that is wrong
 */
export async function taskAgent({ variables, script, log, shutdown }: TaskAgentOptions): Promise<void> {
  const environment = readVariables(variables, taskEnvironment);
  const { THAW_WORK_DIR: base, THAW_API_URL: url, THAW_WORKER_TOKEN: workerToken, THAW_IDLE_SECONDS: idleSeconds } = environment;
  const api = createApiCalls({ url, workerToken, storage: environment.THAW_STORAGE, log });
  const worker = { name: environment.THAW_WORKER_NAME ?? hostname().slice(0, 200), device: { type: 'cpu' as const, name: (cpus()[0]?.model ?? 'CPU').slice(0, 200) } };
  const cache = { directory: environment.THAW_CACHE_DIR, maxBytes: environment.THAW_CACHE_GB * 2 ** 30 };
  const inherited: NodeJS.ProcessEnv = { ...variables, CUDA_VISIBLE_DEVICES: '' };
  delete inherited['THAW_WORKER_TOKEN'];
  const removed = await removeAbandonedFolders(base);
  if (removed > 0) log('info', `removed what ${removed} dead workers left in ${base}`);
  const folder = await createWorkFolder(base);
  const hands = createTaskHands({ script, environment: inherited });
  const shelf = createDataShelf(folder, cache);
  log('info', `task worker ${worker.name} asks ${url} for tasks`);
  const work = async (ticket: TaskTicket, count: number): Promise<void> => {
    log('info', `task ${ticket.task} attempt ${ticket.attempt}: claimed, ${ticket.work.kind}`);
    const root = join(folder, String(count));
    await runTask({ ticket, api, root, cache, shelf, hands, log, shutdown });
    await rm(root, { recursive: true, force: true });
  };
  try {
    await workLoop({ claim: () => claimTask(api, { worker }), work, what: 'task', once: false, idleSeconds, pollMs, log, shutdown });
  } finally {
    hands.close();
    await rm(folder, { recursive: true, force: true });
  }
}
