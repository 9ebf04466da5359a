import type { ExportEpoch } from '@thaw/contract/exports';
import type { changeCheckpointRequest, Checkpoint } from '@thaw/contract/runs';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { noSource } from '../exports/findSource.ts';
import { lockRun } from '../runs/findRun.ts';
import { presentCheckpoint } from './presentCheckpoint.ts';
import { standingOf } from './standing.ts';

/**
 * Pins a checkpoint, so that it stays for as long as its run, or lets it go its way again. The lock of the run keeps it from being
 * removed meanwhile. Doing it twice is no error.
 */
export async function changeCheckpoint(
  ctx: Context,
  { id, epoch, pinned }: { id: string; epoch: ExportEpoch } & z.infer<typeof changeCheckpointRequest>,
): Promise<Checkpoint> {
  return ctx.db.transaction(async (tx) => {
    const run = await lockRun(tx, ctx.caller, id);
    const find = async () => {
      const newestFirst = await standingOf(tx, run.id);
      return epoch === 'last' ? newestFirst[0] : newestFirst.find(({ best, row }) => (epoch === 'best' ? best : row.epoch === epoch));
    };
    const found = await find();
    if (found === undefined) throw noSource(run, epoch);
    if (pinned !== (found.row.pinnedAt !== null)) await tx.update(checkpoint).set({ pinnedAt: pinned ? sql`now()` : null }).where(eq(checkpoint.id, found.row.id));
    return presentCheckpoint(ctx, run, (await find()) ?? found);
  });
}
