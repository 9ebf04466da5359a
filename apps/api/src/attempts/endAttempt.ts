import type { FailureCode } from '@thaw/contract/failures';
import type { Run } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import type { RunRow, StoredCurve, StoredEvaluation } from '@thaw/db/schema/run';
import { and, eq, sql } from 'drizzle-orm';
import { afterAttempt, type AttemptEnd } from '../work/afterAttempt.ts';
import { keepComputeTime } from '../usage/computeTime.ts';
import { moveRun, type NextRunState } from './moveRun.ts';
import { runPolicy } from './runPolicy.ts';

export interface EndAttemptInput extends Pick<AttemptEnd<FailureCode>, 'failure'> {
  outcome: AttemptEnd<FailureCode>['outcome'] | 'succeeded';
  /** Kept where the run ends with this attempt. */
  result?: NonNullable<Run['result']>;
  curves?: StoredCurve[];
  evaluation?: StoredEvaluation | null;
}

/** Ends the current attempt of a run whose row the transaction has locked, and moves the run on. */
export async function endAttempt(tx: Executor, row: RunRow, { outcome, failure, ...atItsEnd }: EndAttemptInput): Promise<RunRow['status']> {
  const [ended] = await tx
    .update(attempt)
    .set({ outcome, failure, finishedAt: sql`now()` })
    .where(and(eq(attempt.runId, row.id), eq(attempt.number, row.attempt)))
    .returning({ progressed: attempt.progressed });
  const next: NextRunState =
    outcome === 'succeeded'
      ? { status: outcome, inVain: 0, pauseSeconds: 0, failure: null }
      : afterAttempt(runPolicy, {
          outcome,
          failure,
          stopRequested: row.stopRequestedAt !== null,
          progressed: ended?.progressed ?? false,
          inVain: row.attemptsWithoutProgress,
        });
  await moveRun(tx, row.id, next, atItsEnd);
  // Last: whoever ends another run of this owner waits for it until this is committed.
  await keepComputeTime(tx, { ownerId: row.ownerId, runId: row.id, attempt: row.attempt });
  return next.status;
}
