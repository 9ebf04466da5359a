import type { Run } from '@thaw/contract/runs';
import { run } from '@thaw/db/schema/run';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { notify } from '../notify.ts';
import { ownRun } from './findRun.ts';
import { presentRun } from './presentRun.ts';

export async function renameRun(ctx: Context, { id, name }: { id: string; name: string }): Promise<Run> {
  const [row] = canBeId(id) ? await ctx.db.update(run).set({ name }).where(ownRun(ctx.caller, id)).returning() : [];
  if (row === undefined) throw notFound('run with this id');
  await notify(ctx.db, 'run', id);
  return presentRun(row, ctx.storage);
}
