import { join } from 'node:path';
import type { TrainerEvent } from '@thaw/contract/events';
import { StaleAttempt, ApiRefusal } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import type { Log } from '@thaw/worker-agent/log';
import { ChangedFile } from '@thaw/worker-agent/putFile';
import type { AttemptClient } from './apiClient.ts';
import { createCheckpointUploads } from './checkpointUploads.ts';
import { createEventSpool } from './eventSpool.ts';
import { postEvents } from './postEvents.ts';
import type { RunFolder } from './layOutRun.ts';
import type { RunControl } from './runControl.ts';
import { failedOutcome, type Outcome } from './trainerOutcome.ts';
import type { UploadOptions } from './uploadFile.ts';
import { uploadCurves, type UploadedCurves } from './uploadCurves.ts';
import { UnfitEvaluation, uploadEvaluation, type UploadedEvaluation } from './uploadEvaluation.ts';
import { uploadPredictions } from './uploadPredictions.ts';

/** What a run leaves in the storage beside its checkpoints. */
interface Stored {
  curves: UploadedCurves;
  evaluation: UploadedEvaluation;
}
const nothing: Stored = { curves: [], evaluation: null };
export type Delivered = Stored & { outcome: Outcome };

/** What has to reach the API and the storage while a trainer works, and after. */
export interface Delivery {
  /** Events as they come. Resolves when they, and the files of their checkpoints, are safe on our disk. */
  take(events: readonly TrainerEvent[]): Promise<void>;
  /** The API takes no more events: training on is useless. */
  readonly useless: AbortSignal;
  /** Delivers all that is left. Returns what to finish with. @throws when the API cannot be told any more */
  complete(outcome: Outcome): Promise<Delivered>;
  dispose(): Promise<void>;
}

export interface DeliveryOptions {
  client: AttemptClient;
  folder: RunFolder;
  control: RunControl;
  log: Log;
}

export async function startDelivery({ client, folder, control, log }: DeliveryOptions): Promise<Delivery> {
  const spool = await createEventSpool(folder.spool);
  const useless = new AbortController();
  const signal = control.storageGivenUp;
  let lastStep = 0;
  let lastCheckpoint: number | null = null;
  let open = true;

  /** Into the log of this worker and that of the run. */
  const tell: Log = (level, message) => {
    log(level, message);
    if (open) spool.append([{ type: 'log', step: lastStep, level, message: message.slice(0, 10_000) }]).catch(() => undefined);
  };
  const uploads = createCheckpointUploads({ client, signal, staging: folder.staging, log: tell });
  const posting = postEvents(spool, client, control.silenced);
  posting.catch((error: unknown) => {
    if (!control.silenced.aborted) useless.abort(error);
  });

  /** Uploads what the run can do without: where the API refuses it, it is left out. */
  async function store<T>(what: string, upload: (options: UploadOptions) => Promise<T>, without: T): Promise<T> {
    try {
      return await upload({ client, signal, onTrouble: (error) => log('warning', `storing ${what} waits for the storage (${describeError(error)})`) });
    } catch (error) {
      if (error instanceof StaleAttempt || !(error instanceof ApiRefusal || error instanceof ChangedFile || error instanceof UnfitEvaluation)) throw error;
      log('error', `${what} could not be stored: ${error.message}`);
      return without;
    }
  }

  async function storeEvaluation(): Promise<UploadedEvaluation> {
    const evaluation = await store('the evaluation', (options) => uploadEvaluation(folder.out, options), null);
    if (evaluation === null) return null;
    const predictions = await store('what each image was taken for', (options) => uploadPredictions(folder.out, options), undefined);
    return { ...evaluation, ...(predictions !== undefined && { predictions }) };
  }

  /** @returns what is stored, or why the storage does not have everything */
  async function storeAll(succeeded: boolean): Promise<Stored | string> {
    try {
      await uploads.settled();
      const curves = await store('the curves', (options) => uploadCurves(join(folder.out, 'curves'), options), nothing.curves);
      const evaluation = succeeded ? await storeEvaluation() : null;
      if (succeeded && evaluation === null) log('warning', 'the run ends without an evaluation');
      return lastCheckpoint === uploads.storedStep() ? { curves, evaluation } : `The checkpoint of step ${lastCheckpoint} could not be stored.`;
    } catch (error) {
      control.silenced.throwIfAborted();
      if (error instanceof StaleAttempt) throw error;
      return `Not everything could be stored: ${describeError(error)}.`;
    }
  }

  return {
    useless: useless.signal,
    take: async (events) => {
      const position = await spool.append(events);
      for (const event of events) {
        lastStep = event.step;
        if (event.type === 'started' && event.resumedFromStep !== null) uploads.resumedFrom((lastCheckpoint = event.resumedFromStep));
        if (event.type !== 'checkpoint') continue;
        lastCheckpoint = event.step;
        await uploads.add(event, () => spool.acknowledged(position, signal));
      }
    },
    complete: async (outcome) => {
      open = false;
      spool.close();
      control.trainingEnded();
      try {
        await posting;
      } catch (error) {
        control.silenced.throwIfAborted();
        return { outcome: failedOutcome('internal_error', `The run's events could not be recorded: ${describeError(error)}`, outcome.seconds), ...nothing };
      }
      control.eventsPosted();
      const stored = await storeAll(outcome.status === 'succeeded');
      if (typeof stored !== 'string') return { outcome, ...stored };
      log('error', stored);
      const kept = outcome.status === 'succeeded' ? failedOutcome('storage_unavailable', stored, outcome.seconds) : outcome;
      return { outcome: kept, ...nothing };
    },
    dispose: () => spool.dispose(),
  };
}
