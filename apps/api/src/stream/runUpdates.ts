import { isTerminal } from '@thaw/contract/runStatus';
import type { Context } from '../context.ts';
import { findRun } from '../runs/findRun.ts';
import { newestBatch, readBatches } from './readBatches.ts';
import { batchMessage, endMessage, readLastEventId, runMessage } from './runState.ts';
import type { StreamMessage } from './streamMessage.ts';

export interface Updates {
  messages: StreamMessage[];
  /** Where to go on: as Last-Event-ID of a stream, or as `after` of the next call. */
  after: string;
  /** Whether nothing will follow. */
  ended: boolean;
}

const pageLimits = { rows: 100, bytes: 2 ** 20 };

/**
 * What a stream that is opened after this id would send at once, page by page, for those who cannot hold one open. All of its state is
 * in the database and in `after`, so that any process may answer, and a follower may change between both at every message.
 */
export async function runUpdates(ctx: Context, { id, after = '' }: { id: string; after?: string | undefined }): Promise<Updates> {
  // The run first: when it is seen to have ended, all its batches are there to be read.
  const row = await findRun(ctx.db, ctx.caller, id);
  const given = readLastEventId(after);
  let position = given.after;
  let { batches, full } = await readBatches(ctx.db, id, position, pageLimits);
  // An id that this run has not reached is of another database: better everything again than nothing.
  if (batches.length === 0 && position > 0 && (await newestBatch(ctx.db, id)) < position) ({ batches, full } = await readBatches(ctx.db, id, (position = 0), pageLimits));
  const over = isTerminal(row.status) && !full;
  if (over && given.sawEnd && batches.length === 0 && position === given.after) return { messages: [], after, ended: true };
  position = batches.at(-1)?.id ?? position;
  const end = over ? [endMessage(position, row.status)] : [];
  return { messages: [await runMessage(ctx, row), ...batches.map(batchMessage), ...end], after: end[0]?.id ?? String(position), ended: over };
}
