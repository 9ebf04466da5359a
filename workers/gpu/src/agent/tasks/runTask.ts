import { dirname } from 'node:path';
import type { TaskFileName, TaskTicket } from '@thaw/contract/tasks';
import { ApiRefusal, type ApiCalls } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import { DownloadError } from '@thaw/worker-agent/download';
import { startHeartbeat } from '@thaw/worker-agent/heartbeat';
import type { Log } from '@thaw/worker-agent/log';
import { ChangedFile } from '@thaw/worker-agent/putFile';
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

/** `told`: the API knows how it ended. `dropped`: the attempt is void. `untold`: the API will see it by the lease. */
export type TaskEnd = 'told' | 'dropped' | 'untold';

/** So long a task that was let go may take to be told of. */
const goodbyeMs = 9000;
/** So long the files of a task wait for the storage. */
const storagePatienceMs = 5 * 60_000;

/** One attempt at a task from its ticket to its end. What goes wrong on the way is told to the API, not thrown. */
export async function runTask(options: RunTaskOptions): Promise<TaskEnd> {
  const { ticket, api, shutdown } = options;
  const log: Log = (level, message) => options.log(level, `task ${ticket.task} attempt ${ticket.attempt}: ${message}`);
  const dropped = new AbortController();
  const onRefused = (refusal: ApiRefusal): void => {
    if (!dropped.signal.aborted) log('warning', `dropped: ${refusal.message}`);
    dropped.abort(new Error('the task has ended or gone on elsewhere'));
  };
  const client = createTaskClient(api, ticket, onRefused);
  const { heartbeatSeconds: intervalSeconds, leaseSeconds } = ticket;
  const heartbeat = startHeartbeat({ beat: client.heartbeat, intervalSeconds, leaseSeconds, log, onStop: () => undefined, onRefused });
  try {
    const outcome = await attempt({ ...options, client, log, signal: AbortSignal.any([dropped.signal, shutdown]) });
    dropped.signal.throwIfAborted();
    await client.finish(outcome, AbortSignal.any([dropped.signal, outcome.status === 'stopped' ? AbortSignal.timeout(goodbyeMs) : shutdown]));
    log('info', outcome.status === 'failed' ? `failed, ${outcome.code}: ${outcome.message}` : outcome.status);
    return 'told';
  } catch (error) {
    if (dropped.signal.aborted) return 'dropped';
    log('error', `the API could not be told how it ended (${describeError(error)}); the task is tried again once its lease is over`);
    return 'untold';
  } finally {
    heartbeat.stop();
    dropped.abort(new Error('the task is over'));
  }
}

type AttemptOptions = RunTaskOptions & { client: TaskClient; signal: AbortSignal };

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
