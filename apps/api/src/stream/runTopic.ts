import { isTerminal, type RunStatus } from '@thaw/contract/runStatus';
import type { Database } from '@thaw/db/client';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { run } from '@thaw/db/schema/run';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { presentRun } from '../runs/presentRun.ts';
import type { Storage } from '../storage/storage.ts';
import { Changes } from './changes.ts';
import { oneAtATime } from './oneAtATime.ts';

export interface Batch {
  /** Id of the row: what Last-Event-ID counts in. */
  id: number;
  /** JSON of a `batch` message. */
  text: string;
}

const pageSize = 100;
const tailBytes = 2 * 2 ** 20;

/**
 * One run as its followers see it. However many there are, the database is asked once for each change, and no connection is
 * held between. The newest batches are kept; a follower that is further behind reads them from the database itself.
 */
export class RunTopic {
  readonly #db: Database;
  readonly #storage: Storage;
  readonly #runId: string;
  #tail: Batch[] = [];
  #tailSize = 0;
  /** All batches after this id are in the tail. */
  #tailStart = 0;
  /** The head that followers were told of. */
  #shownHead = -1;

  /** JSON of the run as it was last seen; null before that, and when it is gone. */
  runText: string | null = null;
  status: RunStatus | null = null;
  /** Id of the newest batch seen. */
  head = 0;
  readonly changes = new Changes();
  /** Looks at the database. A call while a look is under way causes one more look, and waits for that. */
  readonly refresh = oneAtATime(() => this.#look());

  constructor(db: Database, storage: Storage, runId: string) {
    this.#db = db;
    this.#storage = storage;
    this.#runId = runId;
  }

  /** Whether nothing will follow what is here. */
  get ended(): boolean {
    return this.status !== null && isTerminal(this.status);
  }

  async #look(): Promise<void> {
    if (this.changes.closed) return;
    // The run first: when it is seen to have ended, all its batches are there to be read.
    const [row] = await this.#db.select().from(run).where(eq(run.id, this.#runId));
    const text = row === undefined ? null : JSON.stringify(presentRun(row, this.#storage));
    if (this.changes.version === 0) await this.#skipToNewest();
    else await this.#readNew();
    if (this.#shownHead === this.head && text === this.runText) return;
    this.#shownHead = this.head;
    this.runText = text;
    this.status = row?.status ?? null;
    if (row === undefined) this.changes.close();
    else this.changes.wake();
  }

  /** Followers come with positions of their own; the tail begins at the end of what is there. */
  async #skipToNewest(): Promise<void> {
    const [newest] = await this.#db.select({ id: sql<number>`coalesce(max(${metricBatch.id}), 0)::int8`.mapWith(Number) }).from(metricBatch).where(eq(metricBatch.runId, this.#runId));
    this.head = this.#tailStart = newest?.id ?? 0;
  }

  async #readNew(): Promise<void> {
    for (let full = true; full; ) {
      const batches = await this.#read(this.head);
      for (const batch of batches) this.#keep(batch);
      full = batches.length === pageSize;
    }
  }

  #keep(batch: Batch): void {
    this.#tail.push(batch);
    this.head = batch.id;
    this.#tailSize += batch.text.length;
    while (this.#tailSize > tailBytes && this.#tail.length > 1) {
      const dropped = this.#tail.shift();
      if (dropped === undefined) return;
      this.#tailSize -= dropped.text.length;
      this.#tailStart = dropped.id;
    }
  }

  async #read(after: number): Promise<Batch[]> {
    const rows = await this.#db
      .select({ id: metricBatch.id, attempt: metricBatch.attempt, events: sql<string>`${metricBatch.events}::text` })
      .from(metricBatch)
      .where(and(eq(metricBatch.runId, this.#runId), gt(metricBatch.id, after)))
      .orderBy(asc(metricBatch.id))
      .limit(pageSize);
    return rows.map(({ id, attempt, events }) => ({ id, text: `{"attempt":${attempt},"events":${events}}` }));
  }

  /** The next batches after an id, some at a time, in order; none when there are none yet. */
  async after(id: number): Promise<readonly Batch[]> {
    if (id >= this.head) return [];
    return id >= this.#tailStart ? this.#tail.filter((batch) => batch.id > id) : this.#read(id);
  }

  close(): void {
    this.changes.close();
  }
}
