import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Ticket } from '@thaw/contract/worker';
import type { Log } from '@thaw/worker-agent/log';
import { createWorkFolder, removeAbandonedFolders } from '@thaw/worker-agent/workFolder';
import { workLoop } from '@thaw/worker-agent/workLoop';
import { createApiClient } from './apiClient.ts';
import { detectDevice } from './detectDevice.ts';
import type { AgentEnvironment } from './environment.ts';
import { runTiming } from './runControl.ts';
import { runTicket } from './runTicket.ts';

export interface AgentOptions {
  environment: AgentEnvironment;
  /** Program and first arguments of the trainer. */
  trainerCommand: readonly [string, ...string[]];
  /** What the trainer inherits: no token of ours. */
  trainerEnvironment: NodeJS.ProcessEnv;
  log: Log;
  /** Stop in good order: the run at hand is stopped, its checkpoint stored, the API told. */
  shutdown: AbortSignal;
}

const stopGraceMs = 30_000;

/**
 * The life of a worker: claim a run, see it to its end, claim the next; one at a time.
 *
 * @throws ApiRefusal when the API will not have this worker (a wrong token); Error when its device cannot be used
 */
export async function runAgent({ environment, trainerCommand, trainerEnvironment, log, shutdown }: AgentOptions): Promise<void> {
  const { THAW_DEVICE: device, THAW_RUN: onlyRun } = environment;
  const api = createApiClient({ url: environment.THAW_API_URL, workerToken: environment.THAW_WORKER_TOKEN, storage: environment.THAW_STORAGE, log });
  const cache = { directory: environment.THAW_CACHE_DIR, maxBytes: environment.THAW_CACHE_GB * 2 ** 30 };
  const silenceMs = environment.THAW_SILENT_MINUTES === 0 ? Infinity : environment.THAW_SILENT_MINUTES * 60_000;
  const trainer = { command: trainerCommand, device, environment: trainerEnvironment, stopGraceMs, silenceMs };
  const found = await detectDevice({ setting: device, command: trainerCommand, environment: trainerEnvironment });
  const worker = { name: environment.THAW_WORKER_NAME ?? hostname().slice(0, 200), device: found };
  const removed = await removeAbandonedFolders(environment.THAW_WORK_DIR);
  if (removed > 0) log('info', `removed what ${removed} dead workers left in ${environment.THAW_WORK_DIR}`);
  const folder = await createWorkFolder(environment.THAW_WORK_DIR);
  log('info', `worker ${worker.name} (${worker.device.name}) asks ${environment.THAW_API_URL} for runs`);
  const request = { worker, ...(onlyRun === undefined ? {} : { run: onlyRun }) };
  const work = async (ticket: Ticket, count: number): Promise<void> => {
    log('info', `run ${ticket.run} attempt ${ticket.attempt}: claimed${ticket.resume === null ? '' : `, goes on from step ${ticket.resume.step}`}`);
    const root = join(folder, String(count));
    await runTicket({ ticket, api, root, cache, trainer, log, shutdown, timing: runTiming(environment.THAW_STOP_SECONDS) });
    await rm(root, { recursive: true, force: true });
  };
  try {
    await workLoop({ claim: () => api.claim(request), work, what: 'run', once: onlyRun !== undefined, idleSeconds: environment.THAW_IDLE_SECONDS, log, shutdown });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
