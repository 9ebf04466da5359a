import { exportPrefix } from '@thaw/contract/storageKeys';
import { removal } from '@thaw/db/schema/removal';
import { task } from '@thaw/db/schema/task';
import { recordAct } from '../audit/recordAct.ts';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context } from '../context.ts';
import { lateWriteSeconds } from '../ingests/endIngest.ts';
import { exportOf, findExport, noSuchExport, type ExportInput } from './findExport.ts';

/** Gives an export up, done or not. Its files are taken out of the storage by the sweep. */
export async function deleteExport(ctx: Context, input: ExportInput): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const { run } = await findExport(tx, ctx.caller, input);
    const [gone] = await tx.delete(task).where(exportOf(ctx.caller, input)).returning();
    if (gone === undefined || gone.input.kind !== 'export') throw noSuchExport();
    const prefix = exportPrefix(run.id, gone.id);
    await tx.insert(removal).values({ prefix });
    // Whoever works on it may be writing still.
    if (gone.status === 'running') await tx.insert(removal).values({ prefix, dueAt: secondsFromNow(lateWriteSeconds) });
    const { epoch, format } = gone.input;
    await recordAct(tx, ctx.caller, { ownerId: run.ownerId, action: 'export_deleted', subject: gone.id, details: { run: run.id, epoch, format } });
  });
}
