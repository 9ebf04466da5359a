import { join } from 'node:path';
import type { TrainerEvent } from '@thaw/contract/events';
import { StaleAttempt, ApiRefusal, type AttemptClient } from './apiClient.ts';
import { createCheckpointUploads } from './checkpointUploads.ts';
import { describeError } from './describeError.ts';
import { createEventSpool } from './eventSpool.ts';
import type { Log } from './log.ts';
import { postEvents } from './postEvents.ts';
import type { RunFolder } from './prepareRun.ts';
import { ChangedFile } from './putFile.ts';
import type { RunControl } from './runControl.ts';
import { failedOutcome, type Outcome } from './trainerOutcome.ts';
import { uploadCurves, type UploadedCurves } from './uploadCurves.ts';

/** What has to reach the API and the storage while a trainer works, and after. */
export interface Delivery {
  /** Events as they come. Resolves when they, and the files of their checkpoints, are safe on our disk. */
  take(events: readonly TrainerEvent[]): Promise<void>;
  /** The API takes no more events: training on is useless. */
  readonly useless: AbortSignal;
  /** Delivers all that is left. Returns what to finish with. @throws when the API cannot be told any more */
  complete(outcome: Outcome): Promise<{ outcome: Outcome; curves: UploadedCurves }>;
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

  /** @returns the curves, or why the storage does not have everything */
  async function store(): Promise<UploadedCurves | string> {
    try {
      await uploads.settled();
      const onTrouble = (error: unknown): void => log('warning', `the curves wait for the storage (${describeError(error)})`);
      const curves = await uploadCurves(join(folder.out, 'curves'), { client, signal, onTrouble });
      return lastCheckpoint === uploads.storedStep() ? curves : `The checkpoint of step ${lastCheckpoint} could not be stored.`;
    } catch (error) {
      control.silenced.throwIfAborted();
      if (error instanceof StaleAttempt) throw error;
      if (!(error instanceof ApiRefusal || error instanceof ChangedFile)) return `Not everything could be stored: ${describeError(error)}.`;
      log('error', `the curves are not stored: ${error.message}`);
      return [];
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
        return { outcome: failedOutcome('internal_error', `The run's events could not be recorded: ${describeError(error)}`, outcome.seconds), curves: [] };
      }
      control.eventsPosted();
      const curves = await store();
      if (typeof curves !== 'string') return { outcome, curves };
      log('error', curves);
      const kept = outcome.status === 'succeeded' ? failedOutcome('storage_unavailable', curves, outcome.seconds) : outcome;
      return { outcome: kept, curves: [] };
    },
    dispose: () => spool.dispose(),
  };
}
