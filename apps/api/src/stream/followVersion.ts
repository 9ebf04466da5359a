import type { StreamMessage } from './streamMessage.ts';
import type { VersionTopic } from './versionTopic.ts';

/** What a client that has seen everything sends back as Last-Event-ID. */
export const versionEndId = 'end';

/** A version as it is, again at every change, and `end` once it is ready, has failed or was cancelled. */
export async function* followVersion(topic: VersionTopic, signal: AbortSignal): AsyncGenerator<StreamMessage> {
  let shown: string | null = null;
  while (!signal.aborted && !topic.changes.closed) {
    const { version } = topic.changes;
    const { text, ended, status } = topic;
    if (text !== null && text !== shown) yield { event: 'version', data: (shown = text) };
    if (ended && topic.changes.version === version) {
      yield { event: 'end', id: versionEndId, data: JSON.stringify({ status }) };
      return;
    }
    await topic.changes.since(version, signal);
  }
}
