import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestTicket } from '@thaw/contract/ingest';
import { FormatError } from '@thaw/formats/formatError';
import { ApiRefusal, StaleAttempt, type ApiCalls } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import type { Log } from '@thaw/worker-agent/log';
import { runAttempt, type AttemptEnd } from '@thaw/worker-agent/runAttempt';
import { importArchive } from '../importing/importArchive.ts';
import { createProgressMeter, type ProgressMeter } from '../importing/progress.ts';
import { IngestError } from '../ingestError.ts';
import { editVersion } from '../packs/editVersion.ts';
import type { FinishedVersion } from '../packs/finishVersion.ts';
import { isDiskError } from './fetchResumable.ts';
import { fetchSource } from './fetchSource.ts';
import { createIngestClient, type IngestClient, type Outcome } from './ingestClient.ts';
import { sendVersion } from './sendVersion.ts';

export interface RunIngestOptions {
  ticket: IngestTicket;
  api: ApiCalls;
  /** A folder of this attempt's own, which is not there yet. */
  root: string;
  /** Decoder processes. */
  processes: number;
  log: Log;
  /** This worker has to go: the API is told so that the import goes on elsewhere. */
  shutdown: AbortSignal;
}

/** One attempt at an import from its ticket to its end. What goes wrong on the way is told to the API, not thrown. */
export function runIngest({ ticket, api, root, processes, log: say, shutdown }: RunIngestOptions): Promise<AttemptEnd> {
  const progress = createProgressMeter();
  return runAttempt({
    ticket,
    name: `import ${ticket.dataset}/${ticket.version}`,
    connect: (onStale) => createIngestClient(api, ticket, onStale),
    beat: (client, signal) => client.heartbeat(progress.snapshot(), signal),
    work: async ({ client, log, dropped, stopAsked, silenced }) => {
      const outcome = await attempt({ ticket, client, root, processes, progress, log, signal: AbortSignal.any([dropped, stopAsked]) });
      await tell(client, outcome, silenced, log);
      return outcome.status === 'failed' ? `failed, ${outcome.code}: ${outcome.message}` : outcome.status;
    },
    log: say,
    shutdown,
  });
}

/** Where the API does not believe in a version, it is told at once that there is none: nobody waits for the lease. */
async function tell(client: IngestClient, outcome: Outcome, signal: AbortSignal, log: Log): Promise<void> {
  try {
    await client.finish(outcome, signal);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error instanceof StaleAttempt || outcome.status !== 'ready') throw error;
    log('error', `the version is refused: ${error.message}`);
    await client.finish({ status: 'failed', code: 'internal_error', message: 'The version that was made is refused; see the log of the worker.' }, signal);
  }
}

interface AttemptOptions {
  ticket: IngestTicket;
  client: IngestClient;
  root: string;
  processes: number;
  progress: ProgressMeter;
  log: Log;
  signal: AbortSignal;
}

async function attempt(options: AttemptOptions): Promise<Outcome> {
  const { ticket, client, progress, log, signal } = options;
  try {
    const version = await makeVersion(options);
    log('info', `${version.packs.reduce((sum, { images }) => sum + images, 0)} images in ${version.classes.length} classes, ${version.quarantined} files quarantined`);
    return await sendVersion(version, ticket, { client, progress, signal, log });
  } catch (error) {
    if (signal.aborted) return { status: 'stopped' };
    return failedOutcome(error, log);
  }
}

async function makeVersion({ ticket, client, root, processes, progress, signal }: AttemptOptions): Promise<FinishedVersion> {
  await mkdir(root, { recursive: true });
  const fetched = await fetchSource(ticket, client, root, progress, { signal });
  const folder = join(root, 'out');
  await mkdir(folder);
  if (fetched.kind === 'upload') return importArchive({ archive: fetched.archive, options: ticket.options, limits: ticket.limits, folder, processes, progress, signal });
  const { source, packs, images } = fetched;
  return editVersion({ manifest: source.manifest, packs, images, edits: source.edits, folder, progress, signal });
}

function failedOutcome(error: unknown, log: Log): Outcome {
  if (error instanceof IngestError) return { status: 'failed', code: error.code, message: error.message.slice(0, 10_000) };
  const full = isDiskError(error) && /ENOSPC|EDQUOT/.test(describeError(error));
  // The whole of it is for whoever runs the worker; paths of its machine are nobody else's business.
  log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (full) return { status: 'failed', code: 'disk_full', message: 'The disk of the worker is full.' };
  const message = error instanceof FormatError ? 'The files of the version are not what they should be.' : 'Something unexpected went wrong in the worker; see its log.';
  return { status: 'failed', code: 'internal_error', message };
}
