import { open } from 'node:fs/promises';
import type { TrainerEvent } from '@thaw/contract/events';

export interface EventBatch {
  seq: number;
  events: TrainerEvent[];
}

/**
 * Events between the trainer and the API, on the disk: an outage of the API of any length costs neither events nor memory.
 * One writer side, one reader; batches come out in order, and the same batch again until it is acknowledged.
 */
export interface EventSpool {
  /** Resolves with the spool's position after these events, for {@link EventSpool.acknowledged}. */
  append(events: readonly TrainerEvent[]): Promise<number>;
  /** The next batch, after a short wait for company; null when the spool is closed and empty. */
  next(signal: AbortSignal): Promise<EventBatch | null>;
  acknowledge(seq: number): Promise<void>;
  /** Resolves once everything before `position` has been acknowledged. */
  acknowledged(position: number, signal: AbortSignal): Promise<void>;
  /** No more appends. */
  close(): void;
  dispose(): Promise<void>;
}

export interface SpoolOptions {
  /** How long a first event waits for others. */
  lingerMs?: number;
  maxEvents?: number;
  /** A batch of events beyond this size ends (one event may be larger). */
  maxBytes?: number;
}

/** @param path a file that does not exist yet */
export async function createEventSpool(path: string, options: SpoolOptions = {}): Promise<EventSpool> {
  const { lingerMs = 1000, maxEvents = 500, maxBytes = 256 * 1024 } = options;
  const file = await open(path, 'wx+');
  // Offsets in the file. It is emptied whenever all of it is acknowledged, so it holds a backlog and no more.
  let written = 0;
  let read = 0;
  let waiting = 0;
  let longestLine = 0;
  let firstWaitingAt = 0;
  // Events ever appended and acknowledged.
  let appended = 0;
  let done = 0;
  let seq = 0;
  let batch: (EventBatch & { end: number }) | null = null;
  let closed = false;
  let writing: Promise<unknown> = Promise.resolve();
  const listeners = new Set<() => void>();

  const changed = (): void => [...listeners].forEach((listener) => listener());
  /** Waits for any change of the spool's state, for at most `ms`. */
  const change = (signal: AbortSignal, ms: number | null): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = ms === null ? undefined : setTimeout(() => settle(resolve), ms);
      const onChange = (): void => settle(resolve);
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        listeners.delete(onChange);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      listeners.add(onChange);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  /** Writes and truncations one after the other. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = writing.then(work);
    writing = result.catch(() => undefined);
    return result;
  };

  async function readBatch(): Promise<EventBatch & { end: number }> {
    const buffer = Buffer.alloc(Math.min(written - read, Math.max(maxBytes, longestLine)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, read);
    const events: TrainerEvent[] = [];
    let end = 0;
    while (events.length < maxEvents && (end === 0 || end < maxBytes)) {
      const newline = buffer.subarray(0, bytesRead).indexOf(10, end);
      if (newline === -1 || (events.length > 0 && newline >= maxBytes)) break;
      events.push(JSON.parse(buffer.toString('utf8', end, newline)) as TrainerEvent);
      end = newline + 1;
    }
    if (events.length === 0) throw new Error('the event spool is damaged');
    return { seq, events, end: read + end };
  }

  return {
    append: (events) =>
      exclusively(async () => {
        if (closed) throw new Error('the event spool is closed');
        const lines = events.map((event) => `${JSON.stringify(event)}\n`);
        for (const line of lines) longestLine = Math.max(longestLine, Buffer.byteLength(line));
        const bytes = Buffer.from(lines.join(''));
        for (let offset = 0; offset < bytes.length; )
          offset += (await file.write(bytes, offset, bytes.length - offset, written + offset)).bytesWritten;
        if (waiting === 0) firstWaitingAt = performance.now();
        written += bytes.length;
        waiting += events.length;
        appended += events.length;
        changed();
        return appended;
      }),
    next: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        if (batch !== null) return batch;
        if (waiting === 0) {
          if (closed) return null;
          await change(signal, null);
          continue;
        }
        const rest = firstWaitingAt + lingerMs - performance.now();
        if (closed || waiting >= maxEvents || rest <= 0) return (batch = await readBatch());
        await change(signal, rest);
      }
    },
    acknowledge: (acknowledgedSeq) =>
      exclusively(async () => {
        if (batch?.seq !== acknowledgedSeq) throw new Error(`batch ${acknowledgedSeq} is not the one that is under way`);
        read = batch.end;
        waiting -= batch.events.length;
        done += batch.events.length;
        firstWaitingAt = performance.now();
        seq += 1;
        batch = null;
        if (read === written) {
          await file.truncate(0);
          read = written = 0;
        }
        changed();
      }),
    acknowledged: async (position, signal) => {
      while (done < position) {
        signal.throwIfAborted();
        await change(signal, null);
      }
    },
    close: () => {
      closed = true;
      changed();
    },
    dispose: () => file.close(),
  };
}
