import { isTerminalVersion, type VersionStatus } from '@thaw/contract/datasets';
import type { Database } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { presentVersion } from '../datasets/presentVersion.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import type { Storage } from '../storage/storage.ts';
import { Changes } from './changes.ts';
import { oneAtATime } from './oneAtATime.ts';

/** A data set version as its followers see it: however many there are, the database is asked once for each change. */
export class VersionTopic {
  readonly changes = new Changes();
  /** Looks at the database. */
  readonly refresh: () => Promise<void>;
  /** JSON of the version as it was last seen; null before that, and when it is gone. */
  text: string | null = null;
  status: VersionStatus | null = null;

  /** @param id `dataset/version` */
  constructor(db: Database, storage: Storage, id: string) {
    const [datasetId = '', version = ''] = id.split('/');
    this.refresh = oneAtATime(async () => {
      if (this.changes.closed) return;
      const [row] = await db.select().from(datasetVersion).where(isVersion(datasetId, Number(version)));
      const text = row === undefined ? null : JSON.stringify(await presentVersion(db, storage, row));
      if (text !== null && text === this.text) return;
      this.text = text;
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
