import { terminalStatuses } from '@thaw/contract/runStatus';
import { runPrefix } from '@thaw/contract/storageKeys';
import { run } from '@thaw/db/schema/run';
import { and, inArray } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { notify } from '../notify.ts';
import { findRun, ownRun, type RunInput } from './findRun.ts';

/** Removes a run that has ended, with its log, checkpoints and curves. The row goes first: no row ever names an object that is gone. */
export async function deleteRun(ctx: Context, { id }: RunInput): Promise<void> {
  const ended = and(ownRun(ctx.caller, id), inArray(run.status, [...terminalStatuses]));
  await ctx.db.transaction(async (tx) => {
    const [gone] = canBeId(id) ? await tx.delete(run).where(ended).returning({ name: run.name, ownerId: run.ownerId }) : [];
    if (gone === undefined) {
      const { status } = await findRun(tx, ctx.caller, id);
      throw conflict(`The run is ${status}. Cancel it first and delete it once it has ended.`);
    }
    await recordAct(tx, ctx.caller, { ownerId: gone.ownerId, action: 'run_deleted', subject: id, details: { name: gone.name } });
    await notify(tx, 'run', id);
  });
  try {
    await ctx.storage.removePrefix(runPrefix(id));
  } catch (error) {
    ctx.log.warn({ err: error, run: id }, 'objects of a deleted run are left in the storage');
  }
}
