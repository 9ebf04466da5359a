import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Ticket } from '@thaw/contract/worker';
import { ApiRefusal, createApiClient, type ApiClient } from './apiClient.ts';
import { describeError } from './describeError.ts';
import { detectDevice } from './detectDevice.ts';
import type { AgentEnvironment } from './environment.ts';
import type { Log } from './log.ts';
import { pause, pauseMs } from './retry.ts';
import { runTicket } from './runTicket.ts';
import { createWorkFolder, removeAbandonedFolders } from './workFolder.ts';

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

/** Between two questions for a run. */
const pollMs = 2000;
const stopGraceMs = 30_000;
const awayBackoff = { firstMs: 500, maxMs: 10_000 };

/**
 * The life of a worker: claim a run, see it to its end, claim the next; one at a time.
 *
 * @throws ApiRefusal when the API will not have this worker (a wrong token); Error when its device cannot be used
 */
export async function runAgent({ environment, trainerCommand, trainerEnvironment, log, shutdown }: AgentOptions): Promise<void> {
  const { THAW_DEVICE: device, THAW_RUN: onlyRun } = environment;
  const api = createApiClient({ url: environment.THAW_API_URL, workerToken: environment.THAW_WORKER_TOKEN, log });
  const cache = { directory: environment.THAW_CACHE_DIR, maxBytes: environment.THAW_CACHE_GB * 2 ** 30 };
  const trainer = { command: trainerCommand, device, environment: trainerEnvironment, stopGraceMs };
  const found = await detectDevice({ setting: device, command: trainerCommand, environment: trainerEnvironment });
  const worker = { name: environment.THAW_WORKER_NAME ?? hostname().slice(0, 200), device: found };
  const removed = await removeAbandonedFolders(environment.THAW_WORK_DIR);
  if (removed > 0) log('info', `removed what ${removed} dead workers left in ${environment.THAW_WORK_DIR}`);
  const folder = await createWorkFolder(environment.THAW_WORK_DIR);
  log('info', `worker ${worker.name} (${worker.device.name}) asks ${environment.THAW_API_URL} for runs`);
  try {
    for (let count = 0; ; count++) {
      const request = { worker, ...(onlyRun === undefined ? {} : { run: onlyRun }) };
      const ticket = await waitForTicket(() => api.claim(request), environment, log, shutdown);
      if (ticket === null) return;
      log('info', `run ${ticket.run} attempt ${ticket.attempt}: claimed${ticket.resume === null ? '' : `, goes on from step ${ticket.resume.step}`}`);
      const root = join(folder, String(count));
      await mkdir(root);
      await runTicket({ ticket, api, root, cache, trainer, log, shutdown });
      await rm(root, { recursive: true, force: true });
      if (onlyRun !== undefined) return;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Null when it is time to go: told to, idle for too long, or the one run that was wanted is not to be had. */
async function waitForTicket(claim: () => ReturnType<ApiClient['claim']>, environment: AgentEnvironment, log: Log, shutdown: AbortSignal): Promise<Ticket | null> {
  const idleSince = performance.now();
  let failures = 0;
  while (!shutdown.aborted) {
    try {
      // A shutdown does not cut this call: a ticket that is granted and not heard of would hold its run up for a lease.
      const ticket = await claim();
      if (ticket !== null || environment.THAW_RUN !== undefined) return ticket;
      failures = 0;
    } catch (error) {
      if (error instanceof ApiRefusal) throw error;
      if (failures++ % 20 === 0) log('warning', `no run can be claimed now (${describeError(error)}); trying on`);
    }
    const idleMs = environment.THAW_IDLE_SECONDS * 1000;
    if (idleMs > 0 && performance.now() - idleSince > idleMs) {
      log('info', `no run for ${environment.THAW_IDLE_SECONDS} s`);
      return null;
    }
    await pause(failures > 0 ? pauseMs(failures - 1, awayBackoff) : pauseMs(0, { firstMs: pollMs, maxMs: pollMs }), shutdown).catch(() => undefined);
  }
  return null;
}
