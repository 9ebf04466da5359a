import { completeSpec } from '@thaw/contract/completeSpec';
import { changeSpec } from '@thaw/contract/resolveSpec';
import type { cloneRunRequest, RunWithCompanions } from '@thaw/contract/runs';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { withCompanions } from './findCompanions.ts';
import { findRun, type RunInput } from './findRun.ts';
import { insertRun } from './insertRun.ts';
import { planRun, specOf } from './planRun.ts';

/**
 * Queues a run like an earlier one, with changes to its recipe. It trains on the same version of the data and from the same weights,
 * unless it names others, whatever has become of the run that those came from.
 */
export async function cloneRun(ctx: Context, { id, request }: RunInput & { request: z.infer<typeof cloneRunRequest> }): Promise<RunWithCompanions> {
  const like = await findRun(ctx.db, ctx.caller, id);
  const { name = like.name, tags = like.tags, notes, priority = like.priority, ...changes } = request;
  const plan = await planRun(ctx, specOf(changeSpec(completeSpec(like.spec), changes)), like);
  const made = await ctx.db.transaction((tx) => insertRun(tx, ctx, plan, { name, tags, notes, priority }));
  return withCompanions(ctx, made);
}
