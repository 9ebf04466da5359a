import type { RunWithCompanions } from '@thaw/contract/runs';
import type { Context } from '../context.ts';
import { withCompanions } from './findCompanions.ts';
import { findRun, type RunInput } from './findRun.ts';

export async function getRun(ctx: Context, { id }: RunInput): Promise<RunWithCompanions> {
  return withCompanions(ctx, await findRun(ctx.db, ctx.caller, id));
}
