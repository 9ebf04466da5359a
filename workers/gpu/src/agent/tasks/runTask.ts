import { dirname } from 'node:path';
import type { TaskFileName, TaskTicket } from '@thaw/contract/tasks';
import { ApiRefusal, type ApiCalls } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import { DownloadError } from '@thaw/worker-agent/download';
import type { Log } from '@thaw/worker-agent/log';
import { ChangedFile } from '@thaw/worker-agent/putFile';
import { runAttempt, type AttemptEnd } from '@thaw/worker-agent/runAttempt';
import { describeFile } from '../describeFile.ts';
import { uploadFile } from '../uploadFile.ts';
import { prepareTask, type PrepareTaskOptions } from './prepareTask.ts';
import { createTaskClient, type TaskClient, type TaskOutcome } from './taskClient.ts';
import { TaskFailed } from './taskFailed.ts';
import type { TaskHands } from './taskHands.ts';

export interface RunTaskOptions extends Omit<PrepareTaskOptions, 'download'> {
  ticket: TaskTicket;
  api: ApiCalls;
  hands: TaskHands;
  log: Log;
  /** This worker has to go: the API is told so that the task goes on elsewhere. */
  shutdown: AbortSignal;
}

/** So long the files of a task wait for the storage. */
const storagePatienceMs = 5 * 60_000;

/** One attempt at a task from its ticket to its end. What goes wrong on the way is told to the API, not thrown. */
export function runTask({ ticket, api, shutdown, log: say, ...rest }: RunTaskOptions): Promise<AttemptEnd> {
  return runAttempt({
    ticket,
    name: `task ${ticket.task}`,
    connect: (onStale) => createTaskClient(api, ticket, onStale),
    beat: (client, signal) => client.heartbeat(signal),
    work: async ({ client, log, dropped, stopAsked, silenced }) => {
      const outcome = await attempt({ ...rest, ticket, client, log, signal: AbortSignal.any([dropped, stopAsked]) });
      await client.finish(outcome, silenced);
      return outcome.status === 'failed' ? `failed, ${outcome.code}: ${outcome.message}` : outcome.status;
    },
    log: say,
    shutdown,
  });
}

type AttemptOptions = Omit<RunTaskOptions, 'api' | 'shutdown'> & { client: TaskClient; signal: AbortSignal };

async function attempt(options: AttemptOptions): Promise<TaskOutcome> {
  const { ticket, hands, signal, root } = options;
  try {
    hands.ready();
    const order = await prepareTask(ticket.work, { ...options, download: { signal } });
    const { files, findings } = await hands.work(order, signal);
    const stored = [];
    for (const file of files) stored.push(await store(file, options));
    return { status: 'succeeded', files: stored, findings };
  } catch (error) {
    if (signal.aborted) return { status: 'stopped' };
    return failedOutcome(error, root, options.log);
  }
}

async function store({ name, path }: { name: TaskFileName; path: string }, { client, signal, log }: AttemptOptions) {
  const file = await describeFile(path);
  if (file === null) throw new Error(`${name} was made and is gone.`);
  const patience = AbortSignal.timeout(storagePatienceMs);
  const onTrouble = (error: unknown): void => log('warning', `${name} waits for the storage (${describeError(error)})`);
  try {
    const key = await uploadFile(name, file, { client, signal: AbortSignal.any([signal, patience]), onTrouble });
    return { name, key, bytes: file.bytes, sha256: file.sha256 };
  } catch (error) {
    if (signal.aborted || error instanceof ApiRefusal || error instanceof ChangedFile) throw error;
    throw new TaskFailed('storage_unavailable', `${name} could not be brought to the storage: ${describeError(error)}`, { cause: error });
  }
}

function failedOutcome(error: unknown, root: string, log: Log): TaskOutcome {
  // Paths of this machine are nobody else's business.
  const told = (code: TaskFailed['code'], message: string): TaskOutcome => ({ status: 'failed', code, message: message.replaceAll(`${dirname(root)}/`, '').slice(0, 10_000) });
  if (error instanceof TaskFailed) return told(error.code, error.message);
  if (error instanceof DownloadError) return told('storage_unavailable', error.message);
  log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  return told('internal_error', 'Something unexpected went wrong in the worker; see its log.');
}
