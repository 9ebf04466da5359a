import type { Database } from '@thaw/db/client';
import { openListener } from '@thaw/db/listener';
import type { Logger } from 'pino';
import type { Settings } from '../context.ts';
import { channels } from '../notify.ts';
import type { Storage } from '../storage/storage.ts';
import { followed, type Followed } from './followed.ts';
import { RunTopic } from './runTopic.ts';
import { VersionTopic } from './versionTopic.ts';

export interface FeedOptions {
  db: Database;
  databaseUrl: string;
  storage: Storage;
  settings: Pick<Settings, 'quota'>;
  log: Logger;
  /** Seconds between looks at what is followed when no notification comes. */
  pollSeconds?: number;
}

/** What is followed in this process: one listening connection for all, and polling as the truth. */
export interface Feed {
  runs: Pick<Followed<RunTopic>, 'follow'>;
  /** By `dataset/version`. */
  versions: Pick<Followed<VersionTopic>, 'follow'>;
  /** Ends all streams; their clients connect again, elsewhere. */
  close: () => Promise<void>;
}

export function openFeed({ db, databaseUrl, storage, settings, log, pollSeconds = 2 }: FeedOptions): Feed {
  const complain = (error: unknown): void => log.warn({ err: error }, 'something that is followed cannot be looked at');
  const runs = followed((id) => new RunTopic({ db, storage, settings }, id), complain);
  const versions = followed((id) => new VersionTopic(db, storage, id), complain);
  const lookAtAll = (): void => {
    runs.lookAtAll();
    versions.lookAtAll();
  };
  const on = { [channels.run]: runs.look, [channels.version]: versions.look };
  const listener = openListener({ url: databaseUrl, name: 'thaw-api-listen', on, onGap: lookAtAll });
  const timer = setInterval(lookAtAll, pollSeconds * 1000);
  return {
    runs,
    versions,
    close: async () => {
      clearInterval(timer);
      runs.close();
      versions.close();
      await listener.close();
    },
  };
}
