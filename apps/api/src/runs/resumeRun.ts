import type { Run } from '@thaw/contract/runs';
import { sourcesOf } from '@thaw/contract/runStatus';
import { run } from '@thaw/db/schema/run';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { notify } from '../notify.ts';
import { lockOwner, requireRoomForRuns } from '../quotas/requireRoom.ts';
import { lockRun, type RunInput } from './findRun.ts';
import { showRun } from './showRuns.ts';

/** Queues a failed or cancelled run again: it goes on from its last checkpoint, with all its tries before it. */
export async function resumeRun(ctx: Context, { id }: RunInput): Promise<Run> {
  return ctx.db.transaction(async (tx) => {
    await lockOwner(tx, ctx);
    const row = await lockRun(tx, ctx.caller, id);
    if (row.finishedAt === null || !sourcesOf('queued').includes(row.status))
      throw conflict(`The run is ${row.status}; only one that has failed or was cancelled can be resumed.`);
    await requireRoomForRuns(tx, ctx, 1);
    const [changed] = await tx
      .update(run)
      .set({
        status: 'queued',
        finishedAt: null,
        failure: null,
        result: null,
        // What the storage holds ends where the run stopped; until it ends again, curves come from the log.
        curves: [],
        evaluation: null,
        stopRequestedAt: null,
        attemptsWithoutProgress: 0,
        availableAt: sql`now()`,
      })
      .where(eq(run.id, id))
      .returning();
    await notify(tx, 'queue', id);
    await notify(tx, 'run', id);
    return showRun({ ...ctx, db: tx }, changed ?? row);
  });
}
