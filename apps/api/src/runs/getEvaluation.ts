import type { Evaluation } from '@thaw/contract/evaluation';
import type { RunRow } from '@thaw/db/schema/run';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findRun, type RunInput } from './findRun.ts';

/** How good the run's model is on its test part. @throws not-found while there is none, with what has to happen before */
export async function getEvaluation(ctx: Context, { id }: RunInput): Promise<Evaluation> {
  const row = await findRun(ctx.db, ctx.caller, id);
  if (row.evaluation === null) throw notFound('evaluation of this run', whenEvaluated(row));
  const { key, bytes } = row.evaluation;
  // It was checked before it was put there.
  return JSON.parse((await ctx.storage.readRange(key, 0, bytes)).toString('utf8')) as Evaluation;
}

/** What has to happen before there is an evaluation. */
export function whenEvaluated({ id, status, epoch, spec }: RunRow): string {
  switch (status) {
    case 'queued':
    case 'launching':
      return 'It is made when the run has succeeded; so far it waits for a worker.';
    case 'running':
      return `It is made when the run has succeeded; so far it is in epoch ${epoch} of ${spec.schedule.epochs}.`;
    case 'failed':
    case 'cancelled':
      return `It is made when the run has succeeded, and this one is ${status}. POST /v1/runs/${id}/resume goes on with it.`;
    case 'succeeded':
      return "The worker that trained it has delivered none. The trainer's command evaluate makes one of a checkpoint.";
  }
}
