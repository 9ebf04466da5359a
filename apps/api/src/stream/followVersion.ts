import type { FollowOptions } from './followRun.ts';
import { farewell, frame, greeting, ping } from './streamMessage.ts';
import { versionEnd, type VersionTopic } from './versionTopic.ts';

/** A version as it is, again at every change, and `end` once it is ready, has failed or was cancelled. */
export async function* followVersion(topic: VersionTopic, { signal, pingSeconds }: FollowOptions): AsyncGenerator<Buffer> {
  let told: Buffer | null = null;
  yield greeting;
  while (!signal.aborted && !topic.changes.closed) {
    const { version } = topic.changes;
    const { shown, ended, status } = topic;
    if (shown !== null && shown !== told) yield (told = shown);
    if (status !== null && ended && topic.changes.version === version) {
      yield frame(versionEnd(status));
      return;
    }
    if (!(await topic.changes.since(version, pingSeconds))) yield ping;
  }
  yield farewell();
}
