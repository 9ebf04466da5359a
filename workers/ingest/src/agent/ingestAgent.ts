import { rm } from 'node:fs/promises';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import type { IngestTicket } from '@thaw/contract/ingest';
import { createApiCalls } from '@thaw/worker-agent/apiCalls';
import type { Log } from '@thaw/worker-agent/log';
import { createWorkFolder, removeAbandonedFolders } from '@thaw/worker-agent/workFolder';
import { workLoop } from '@thaw/worker-agent/workLoop';
import type { AgentEnvironment } from './environment.ts';
import { claimIngest } from './ingestClient.ts';
import { runIngest } from './runIngest.ts';

export interface IngestAgentOptions {
  environment: AgentEnvironment;
  log: Log;
  /** Stop in good order: the import at hand is given back. */
  shutdown: AbortSignal;
}

/**
 * The life of an ingest worker: claim an import, see it to its end, claim the next; one at a time.
 *
 * @throws ApiRefusal when the API will not have this worker (a wrong token)
 */
export async function ingestAgent({ environment, log, shutdown }: IngestAgentOptions): Promise<void> {
  const { THAW_WORK_DIR: base, THAW_INGEST: only, THAW_DECODERS: processes } = environment;
  const api = createApiCalls({ url: environment.THAW_API_URL, workerToken: environment.THAW_WORKER_TOKEN, storage: environment.THAW_STORAGE, log });
  const worker = { name: environment.THAW_WORKER_NAME ?? hostname().slice(0, 200), device: { type: 'cpu' as const, name: (cpus()[0]?.model ?? 'CPU').slice(0, 200) } };
  const [dataset, version] = only?.split('/') ?? [];
  const request = { worker, ...(dataset !== undefined && { ingest: { dataset, version: Number(version) } }) };
  const removed = await removeAbandonedFolders(base);
  if (removed > 0) log('info', `removed what ${removed} dead workers left in ${base}`);
  const folder = await createWorkFolder(base);
  log('info', `ingest worker ${worker.name} (${processes} decoders) asks ${environment.THAW_API_URL} for imports`);
  const work = async (ticket: IngestTicket, count: number): Promise<void> => {
    log('info', `import ${ticket.dataset}/${ticket.version} attempt ${ticket.attempt}: claimed`);
    const root = join(folder, String(count));
    await runIngest({ ticket, api, root, processes, log, shutdown });
    await rm(root, { recursive: true, force: true });
  };
  try {
    await workLoop({ claim: () => claimIngest(api, request), work, what: 'import', once: only !== undefined, idleSeconds: environment.THAW_IDLE_SECONDS, log, shutdown });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
