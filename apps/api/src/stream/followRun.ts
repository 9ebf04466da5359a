import type { RunTopic } from './runTopic.ts';
import type { StreamMessage } from './streamMessage.ts';

/** The id of an `end` carries where its stream stood, so that a client that missed nothing is told to stay away. */
const endMark = '-end';

/** Where a Last-Event-ID stands. Anything that is none of ours: at the beginning. */
export function readLastEventId(header: string | undefined): { after: number; sawEnd: boolean } {
  const [, id, mark] = /^(\d{1,15})(-end)?$/.exec(header ?? '') ?? [];
  return { after: Number(id ?? 0), sawEnd: mark !== undefined };
}

/**
 * What there is to say about a run from `after` on, until it ends, is deleted, or `signal` aborts: the run as it is, then its
 * batches in order, the run again at every change, and `end` last.
 */
export async function* followRun(topic: RunTopic, after: number, signal: AbortSignal): AsyncGenerator<StreamMessage> {
  // An id that this run has not reached is of another database: better everything again than nothing.
  let position = after > topic.head ? 0 : after;
  let shown: string | null = null;
  while (!signal.aborted && !topic.changes.closed) {
    const { version } = topic.changes;
    const { runText, ended, status } = topic;
    if (shown === null && runText !== null) yield { event: 'run', data: (shown = runText) };
    for (let batches = await topic.after(position); batches.length > 0; batches = await topic.after(position))
      for (const { id, text } of batches) {
        yield { event: 'batch', id: String(id), data: text };
        position = id;
      }
    if (runText !== null && runText !== shown) yield { event: 'run', data: (shown = runText) };
    if (ended && topic.changes.version === version) {
      yield { event: 'end', id: `${position}${endMark}`, data: JSON.stringify({ status }) };
      return;
    }
    await topic.changes.since(version, signal);
  }
}
