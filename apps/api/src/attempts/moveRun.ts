import type { FailureCode } from '@thaw/contract/failures';
import { isTerminal } from '@thaw/contract/runStatus';
import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { eq, sql } from 'drizzle-orm';
import { notify } from '../notify.ts';
import { announceRun } from '../webhooks/announce.ts';
import type { NextState } from '../work/afterAttempt.ts';
import { secondsFromNow } from './lease.ts';

export type NextRunState = NextState<FailureCode, 'queued' | 'succeeded' | 'failed' | 'cancelled'>;

/** Puts a run whose row the transaction has locked where it goes next, and says so to those who watch. */
export async function moveRun(tx: Executor, id: string, next: NextRunState, atItsEnd: Partial<Pick<RunRow, 'result' | 'curves' | 'evaluation'>> = {}): Promise<void> {
  const terminal = isTerminal(next.status);
  const [moved] = await tx
    .update(run)
    .set({
      status: next.status,
      failure: next.failure,
      attemptsWithoutProgress: next.inVain,
      availableAt: secondsFromNow(next.pauseSeconds),
      leaseExpiresAt: null,
      launchedAt: null,
      finishedAt: terminal ? sql`now()` : null,
      ...(terminal && atItsEnd),
    })
    .where(eq(run.id, id))
    .returning();
  if (moved !== undefined) await announceRun(tx, moved);
  await notify(tx, 'run', id);
  if (!terminal) await notify(tx, 'queue', id);
}
