import { isTerminalVersion, type DatasetVersion, type VersionStatus } from '@thaw/contract/datasets';
import type { Database } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { originOf, presentFacts } from '../datasets/presentVersion.ts';
import { withoutSource } from '../datasets/versionFacts.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import type { Storage } from '../storage/storage.ts';
import { Changes } from './changes.ts';
import { oneAtATime } from './oneAtATime.ts';
import { frame, type StreamMessage } from './streamMessage.ts';

/** What a client that has seen everything sends back as Last-Event-ID. */
export const versionEndId = 'end';

export const versionMessage = (version: DatasetVersion): StreamMessage => ({ event: 'version', data: JSON.stringify(version) });

export const versionEnd = (status: VersionStatus): StreamMessage => ({ event: 'end', id: versionEndId, data: JSON.stringify({ status }) });

/** A data set version as its followers see it: however many there are, the database is asked once for each change. */
export class VersionTopic {
  readonly changes = new Changes();
  /** Looks at the database. */
  readonly refresh: () => Promise<void>;
  /** The `version` message as it was last seen; null before that, and when it is gone. */
  shown: Buffer | null = null;
  status: VersionStatus | null = null;

  /** @param id `dataset/version` */
  constructor(db: Database, storage: Storage, id: string) {
    const [datasetId = '', version = ''] = id.split('/');
    const same = isVersion(datasetId, Number(version));
    // Read once: it never changes, and may name very many images.
    let origin: DatasetVersion['origin'] | undefined;
    const readOrigin = async (): Promise<DatasetVersion['origin'] | undefined> => {
      const [row] = await db.select({ source: datasetVersion.source }).from(datasetVersion).where(same);
      return row && originOf(db, row);
    };
    this.refresh = oneAtATime(async () => {
      if (this.changes.closed) return;
      origin ??= await readOrigin();
      const [row] = origin === undefined ? [] : await db.select(withoutSource).from(datasetVersion).where(same);
      const shown = row === undefined || origin === undefined ? null : frame(versionMessage(presentFacts(storage, row, origin)));
      if (shown !== null && this.shown !== null && shown.equals(this.shown)) return;
      this.shown = shown;
      this.status = row?.status ?? null;
      if (row === undefined) this.changes.close();
      else this.changes.wake();
    });
  }

  /** Whether nothing will follow what is here, unless a failed import is tried again. */
  get ended(): boolean {
    return this.status !== null && isTerminalVersion(this.status);
  }

  close(): void {
    this.changes.close();
  }
}
