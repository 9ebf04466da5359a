import { endMessage } from './runState.ts';
import type { RunTopic } from './runTopic.ts';
import { farewell, frame, greeting, ping } from './streamMessage.ts';

export interface FollowOptions {
  signal: AbortSignal;
  /** Silence after which a comment is sent. */
  pingSeconds: number;
}

/**
 * What there is to say about a run from `after` on, until it ends, is deleted, or `signal` aborts: the run as it is, then its
 * batches in order, the run again at every change, and `end` last.
 */
export async function* followRun(topic: RunTopic, after: number, { signal, pingSeconds }: FollowOptions): AsyncGenerator<Buffer> {
  // An id that this run has not reached is of another database: better everything again than nothing.
  let position = after > topic.head ? 0 : after;
  let told: Buffer | null = null;
  yield greeting;
  while (!signal.aborted && !topic.changes.closed) {
    const { version } = topic.changes;
    const { shown, ended, status } = topic;
    if (told === null && shown !== null) yield (told = shown);
    for (let batches = await topic.after(position); batches.length > 0; batches = await topic.after(position))
      for (const { id, bytes } of batches) {
        yield bytes;
        position = id;
      }
    if (shown !== null && shown !== told) yield (told = shown);
    if (status !== null && ended && topic.changes.version === version) {
      yield frame(endMessage(position, status));
      return;
    }
    if (!(await topic.changes.since(version, pingSeconds))) yield ping;
  }
  yield farewell();
}
