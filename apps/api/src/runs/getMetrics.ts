import type { Metrics } from '@thaw/contract/runs';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from './findRun.ts';
import { metricsOf, readRunLog, validEvents } from './runLog.ts';

/** Losses, learning rates and accuracies of a run so far, each step and epoch once. */
export async function getMetrics(ctx: Context, { id }: RunInput): Promise<Metrics> {
  await findRun(ctx.db, ctx.caller, id);
  return metricsOf(validEvents(await readRunLog(ctx.db, id)));
}
