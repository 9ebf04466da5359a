import type { Database } from '@thaw/db/client';
import { openListener } from '@thaw/db/listener';
import type { Logger } from 'pino';
import { channels } from '../notify.ts';
import type { Storage } from '../storage/storage.ts';
import { RunTopic } from './runTopic.ts';

export interface RunFeedOptions {
  db: Database;
  databaseUrl: string;
  storage: Storage;
  log: Logger;
  /** Seconds between looks at followed runs when no notification comes. */
  pollSeconds?: number;
}

/** The runs that someone follows in this process: one listening connection for all, and polling as the truth. */
export interface RunFeed {
  /** The run, looked up at least once. Every follow wants its `leave`. @throws where the database cannot be asked */
  follow: (runId: string) => Promise<{ topic: RunTopic; leave: () => void }>;
  /** Ends all streams; their clients connect again, elsewhere. */
  close: () => Promise<void>;
}

export function openRunFeed({ db, databaseUrl, storage, log, pollSeconds = 2 }: RunFeedOptions): RunFeed {
  const followed = new Map<string, { topic: RunTopic; followers: number; ready: Promise<void> }>();
  let closed = false;
  const look = (topic: RunTopic): void =>
    void topic.refresh().catch((error: unknown) => log.warn({ err: error }, 'a followed run cannot be looked at'));
  const lookAtAll = (): void => {
    for (const { topic } of followed.values()) look(topic);
  };
  const listener = openListener({
    url: databaseUrl,
    name: 'thaw-api-listen',
    on: {
      [channels.run]: (runId) => {
        const entry = followed.get(runId);
        if (entry !== undefined) look(entry.topic);
      },
    },
    onGap: lookAtAll,
  });
  const timer = setInterval(lookAtAll, pollSeconds * 1000);

  return {
    follow: async (runId) => {
      const known = followed.get(runId);
      const topic = known?.topic ?? new RunTopic(db, storage, runId);
      const entry = known ?? { topic, followers: 0, ready: topic.refresh() };
      followed.set(runId, entry);
      entry.followers++;
      if (closed) topic.close();
      const leave = (): void => {
        if (--entry.followers > 0) return;
        topic.close();
        if (followed.get(runId) === entry) followed.delete(runId);
      };
      try {
        await entry.ready;
      } catch (error) {
        leave();
        throw error;
      }
      return { topic, leave };
    },
    close: async () => {
      closed = true;
      clearInterval(timer);
      for (const { topic } of followed.values()) topic.close();
      await listener.close();
    },
  };
}
