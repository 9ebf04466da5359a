import { isTerminal, type RunStatus } from '@thaw/contract/runStatus';
import type { Database } from '@thaw/db/client';
import { run } from '@thaw/db/schema/run';
import { eq } from 'drizzle-orm';
import type { ShowContext } from '../runs/showRuns.ts';
import { Changes } from './changes.ts';
import { openFramePages, type BatchFrame } from './framePages.ts';
import { oneAtATime } from './oneAtATime.ts';
import { newestBatch } from './readBatches.ts';
import { runMessage } from './runState.ts';
import { frame } from './streamMessage.ts';

const tailBytes = 2 * 2 ** 20;

/**
 * One run as its followers see it. However many there are, the database is asked once for each change, no connection is held
 * between, and each message is made once. The newest batches are kept; a follower that is further behind reads pages of the log.
 */
export class RunTopic {
  readonly #ctx: ShowContext & { db: Database };
  readonly #runId: string;
  readonly #readPage: ReturnType<typeof openFramePages>;
  #tail: BatchFrame[] = [];
  #tailSize = 0;
  /** All batches after this id are in the tail. */
  #tailStart = 0;
  /** The head that followers were told of. */
  #shownHead = -1;
  #runText: string | null = null;

  /** The `run` message as it was last seen; null before that, and when the run is gone. */
  shown: Buffer | null = null;
  status: RunStatus | null = null;
  /** Id of the newest batch seen. */
  head = 0;
  readonly changes = new Changes();
  /** Looks at the database. A call while a look is under way causes one more look, and waits for that. */
  readonly refresh = oneAtATime(() => this.#look());

  constructor(ctx: ShowContext & { db: Database }, runId: string) {
    this.#ctx = ctx;
    this.#runId = runId;
    this.#readPage = openFramePages(ctx.db, runId);
  }

  /** Whether nothing will follow what is here. */
  get ended(): boolean {
    return this.status !== null && isTerminal(this.status);
  }

  async #look(): Promise<void> {
    if (this.changes.closed) return;
    // The run first: when it is seen to have ended, all its batches are there to be read.
    const [row] = await this.#ctx.db.select().from(run).where(eq(run.id, this.#runId));
    const message = row === undefined ? null : await runMessage(this.#ctx, row);
    // Followers come with positions of their own; the tail begins at the end of what is there.
    if (this.changes.version === 0) this.head = this.#tailStart = await newestBatch(this.#ctx.db, this.#runId);
    else await this.#readNew();
    const text = message?.data ?? null;
    if (this.#shownHead === this.head && text === this.#runText) return;
    this.#shownHead = this.head;
    if (text !== this.#runText) this.shown = message && frame(message);
    this.#runText = text;
    this.status = row?.status ?? null;
    if (row === undefined) this.changes.close();
    else this.changes.wake();
  }

  async #readNew(): Promise<void> {
    for (let more = true; more; ) {
      const { frames, full } = await this.#readPage(this.head);
      for (const one of frames) this.#keep(one);
      more = full;
    }
  }

  #keep(one: BatchFrame): void {
    this.#tail.push(one);
    this.head = one.id;
    this.#tailSize += one.bytes.length;
    while (this.#tailSize > tailBytes && this.#tail.length > 1) {
      const dropped = this.#tail.shift();
      if (dropped === undefined) return;
      this.#tailSize -= dropped.bytes.length;
      this.#tailStart = dropped.id;
    }
  }

  /** The next batches after an id, some at a time, in order; none when there are none yet. */
  async after(id: number): Promise<readonly BatchFrame[]> {
    if (id >= this.head) return [];
    if (id < this.#tailStart) return (await this.#readPage(id)).frames;
    const first = this.#tail.findLastIndex((one) => one.id <= id) + 1;
    return this.#tail.slice(first);
  }

  close(): void {
    this.changes.close();
  }
}
