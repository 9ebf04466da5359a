import { failurePolicies } from '@thaw/contract/failures';
import { curveKey, curveUploadKey } from '@thaw/contract/storageKeys';
import type { finishRequest } from '@thaw/contract/worker';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { checkUploads } from './checkUploads.ts';
import { lockCurrentRun, requireCurrent } from './currentRun.ts';
import { endAttempt } from './endAttempt.ts';
import { placeEvaluation } from './placeEvaluation.ts';

/** The worker is done with its attempt. Whether the run is, the failure policy says. */
export async function finishRun(ctx: Context<AttemptCaller>, { attempt, outcome, curves, evaluation }: z.infer<typeof finishRequest>): Promise<void> {
  const { db, storage, caller } = ctx;
  await requireCurrent(db, caller, attempt);
  await checkUploads(storage, curves, (name) => curveUploadKey(caller.runId, attempt, name));
  // To their final place by the API: an attempt that lost its run cannot write there, whatever addresses it still holds.
  const placed = await Promise.all(
    curves.map(async ({ name, key, bytes, sha256 }) => {
      const final = curveKey(caller.runId, name);
      await storage.copy(key, final);
      return { name, key: final, bytes, sha256 };
    }),
  );
  const judged = evaluation === null ? null : await placeEvaluation(ctx, attempt, evaluation);
  const { status, best, bestTest, seconds, cpuSeconds } = outcome;
  const failure = status === 'failed' ? (outcome.failure ?? { code: 'internal_error' as const, message: failurePolicies.internal_error.sentence }) : null;
  const next = await db.transaction(async (tx) => {
    const row = await lockCurrentRun(tx, caller);
    return endAttempt(tx, row, { outcome: status, failure, result: { best, bestTest, seconds, ...(cpuSeconds !== undefined && { cpuSeconds }) }, curves: placed, evaluation: judged });
  });
  ctx.log.info({ run: caller.runId, attempt, outcome: status, code: failure?.code, next }, 'attempt ended');
  try {
    const judgement = evaluation === null ? [] : [evaluation, ...(evaluation.predictions === undefined ? [] : [evaluation.predictions])];
    await storage.remove([...curves, ...judgement].map(({ key }) => key));
  } catch (error) {
    ctx.log.warn({ err: error, run: caller.runId }, 'uploaded files are left beside their copies');
  }
}
