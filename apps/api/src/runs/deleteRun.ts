import { terminalStatuses } from '@thaw/contract/runStatus';
import { runPrefix } from '@thaw/contract/storageKeys';
import { removal } from '@thaw/db/schema/removal';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { mayRemove } from '../housekeeping/mayRemove.ts';
import { canBeId } from '../ids.ts';
import { lateWriteSeconds } from '../ingests/endIngest.ts';
import { notify } from '../notify.ts';
import { findRun, ownRun, type RunInput } from './findRun.ts';

/** Removes a run that has ended, with its log, checkpoints, curves and exports. The row goes first: no row ever names an object that is gone. */
export async function deleteRun(ctx: Omit<Context, 'settings'>, { id }: RunInput): Promise<void> {
  const ended = and(ownRun(ctx.caller, id), inArray(run.status, [...terminalStatuses]));
  const sweep = await ctx.db.transaction(async (tx) => {
    const unfinished = and(eq(task.runId, id), sql`${task.status} in ('queued', 'launching', 'running')`);
    const exporting = canBeId(id) ? await tx.select({ id: task.id }).from(task).where(unfinished).for('update') : [];
    const [gone] = canBeId(id) ? await tx.delete(run).where(ended).returning({ name: run.name, ownerId: run.ownerId }) : [];
    if (gone === undefined) {
      const { status } = await findRun(tx, ctx.caller, id);
      throw conflict(`The run is ${status}. Cancel it first and delete it once it has ended.`);
    }
    await recordAct(tx, ctx.caller, { ownerId: gone.ownerId, action: 'run_deleted', subject: id, details: { name: gone.name } });
    await notify(tx, 'run', id);
    const prefix = runPrefix(id);
    // Whoever exports its model may be writing still, or begin to.
    if (exporting.length > 0) await tx.insert(removal).values({ prefix, dueAt: secondsFromNow(lateWriteSeconds) });
    const [noted] = await tx.insert(removal).values({ prefix }).returning({ id: removal.id, prefix: removal.prefix });
    return (await mayRemove(tx)) ? noted : undefined;
  });
  if (sweep === undefined) return;
  try {
    await ctx.storage.removePrefix(sweep.prefix);
    await ctx.db.delete(removal).where(eq(removal.id, sweep.id));
  } catch (error) {
    ctx.log.warn({ err: error, run: id }, 'objects of a deleted run are left to the sweep');
  }
}
