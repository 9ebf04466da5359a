import type { Run } from '@thaw/contract/runs';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from './findRun.ts';
import { presentRun } from './presentRun.ts';

export async function getRun(ctx: Context, { id }: RunInput): Promise<Run> {
  return presentRun(await findRun(ctx.db, ctx.caller, id), ctx.storage);
}
