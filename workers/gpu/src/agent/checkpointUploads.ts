import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventOf } from '@thaw/contract/events';
import { ApiRefusal, StaleAttempt } from '@thaw/worker-agent/apiCalls';
import { describeError } from '@thaw/worker-agent/describeError';
import type { Log } from '@thaw/worker-agent/log';
import { ChangedFile } from '@thaw/worker-agent/putFile';
import type { AttemptClient } from './apiClient.ts';
import { placeFile } from './placeFile.ts';
import { uploadFile, type UploadOptions } from './uploadFile.ts';

type CheckpointEvent = EventOf<'checkpoint'>;

export interface CheckpointUploads {
  /** The trainer goes on from this step: its checkpoint is stored already. */
  resumedFrom(step: number): void;
  /** Secures the files (the trainer deletes old ones) and queues them. Resolves as soon as they are secured. */
  add(event: CheckpointEvent, covered: () => Promise<void>): Promise<void>;
  /** Resolves when nothing waits or moves; rejects when the attempt is stale or `signal` aborted. */
  settled(): Promise<void>;
  /** Step of the newest checkpoint that is safe; null when there is none. */
  storedStep(): number | null;
}

export interface CheckpointUploadsOptions extends Omit<UploadOptions, 'onTrouble'> {
  client: Pick<AttemptClient, 'requestUpload' | 'recordCheckpoint'>;
  /** An empty folder on the trainer's file system. */
  staging: string;
  log: Log;
}

/** A complete checkpoint on our disk. `covered` resolves when the API has all events up to it. */
interface Waiting {
  event: CheckpointEvent;
  folder: string;
  covered: () => Promise<void>;
}

/** How often one checkpoint may be refused by the API before it is given up. */
const maxRefusals = 3;

/**
 * Uploads checkpoints one after the other in the order of their steps. While one is under way the newest and the best wait
 * and others are dropped, so that a slow network never piles them up; the last one always goes. A checkpoint is recorded
 * only when both files are there and the API has every event up to it, so that whoever resumes from it finds no gap.
 */
export function createCheckpointUploads(options: CheckpointUploadsOptions): CheckpointUploads {
  const { client, signal, staging, log } = options;
  let waiting: Waiting[] = [];
  let working: Promise<void> = Promise.resolve();
  let seen: number | null = null;
  let stored: number | null = null;
  let count = 0;

  const discard = ({ folder }: Waiting): Promise<void> => rm(folder, { recursive: true, force: true });

  async function secure(event: CheckpointEvent): Promise<string | null> {
    const folder = join(staging, String(count++));
    try {
      await mkdir(folder, { recursive: true });
      for (const { name } of event.files) await placeFile(join(event.directory, name), join(folder, name));
      return folder;
    } catch (error) {
      log('warning', `the checkpoint of step ${event.step} cannot be kept for upload: ${describeError(error)}`);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      return null;
    }
  }

  async function store({ event, folder, covered }: Waiting): Promise<void> {
    for (let refusals = 0; ; ) {
      try {
        const files = [];
        for (const file of event.files) {
          const place = { kind: 'checkpoint', step: event.step, name: file.name } as const;
          const onTrouble = (error: unknown): void =>
            log('warning', `the checkpoint of step ${event.step} waits for the storage (${describeError(error)})`);
          files.push({ ...file, key: await uploadFile(place, { ...file, path: join(folder, file.name) }, { ...options, onTrouble }) });
        }
        await covered();
        await client.recordCheckpoint({ epoch: event.epoch, step: event.step, best: event.best, files }, signal);
        stored = event.step;
        return;
      } catch (error) {
        if (error instanceof StaleAttempt) throw error;
        signal.throwIfAborted();
        if (error instanceof ApiRefusal && ++refusals < maxRefusals) continue;
        if (!(error instanceof ApiRefusal || error instanceof ChangedFile)) throw error;
        log('error', `the checkpoint of step ${event.step} is not stored: ${error.message}`);
        return;
      }
    }
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await store(next);
      await discard(next);
    }
  }

  return {
    resumedFrom: (step) => void (seen = stored = step),
    add: async (event, covered) => {
      // The checkpoint at a stop may be the one of the epoch that just ended, or the one resumed from.
      if (seen !== null && event.step <= seen) return;
      const folder = await secure(event);
      if (folder === null) return;
      seen = event.step;
      const dropped = waiting.filter((older) => event.best || !older.event.best);
      waiting = [...waiting.filter((older) => !dropped.includes(older)), { event, folder, covered }];
      await Promise.all(dropped.map(discard));
      // Where one is under way already, it takes this one too and the call added here finds nothing.
      working = working.then(work);
      working.catch(() => undefined);
    },
    settled: () => working,
    storedStep: () => stored,
  };
}
