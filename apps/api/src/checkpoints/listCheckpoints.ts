import type { Checkpoint } from '@thaw/contract/runs';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from '../runs/findRun.ts';
import { presentCheckpoint } from './presentCheckpoint.ts';
import { standingOf } from './standing.ts';

/** The checkpoints that are kept, by epoch. Of two of the same epoch the newer attempt's counts. */
export async function listCheckpoints(ctx: Context, { id }: RunInput): Promise<{ items: Checkpoint[] }> {
  const run = await findRun(ctx.db, ctx.caller, id);
  const items = new Map<number, Checkpoint>();
  for (const one of await standingOf(ctx.db, run.id)) if (!items.has(one.row.epoch)) items.set(one.row.epoch, presentCheckpoint(ctx, run, one));
  return { items: [...items.values()].sort((a, b) => a.epoch - b.epoch) };
}
