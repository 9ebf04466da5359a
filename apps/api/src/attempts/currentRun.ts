import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import type { AttemptCaller } from '../context.ts';
import { staleAttempt } from '../errors.ts';

/**
 * Fencing. A worker's call counts only while its attempt is the current one of a running run: not once the run has ended, and
 * not once the lease was taken from it, whether or not another attempt has begun.
 */
export const isCurrent = (caller: AttemptCaller) => and(eq(run.id, caller.runId), eq(run.status, 'running'), eq(run.attempt, caller.attempt));

/** The attempt that a call names must be the one that its token is for. @throws stale-attempt */
export function checkAttempt(caller: AttemptCaller, attempt: number): void {
  if (attempt !== caller.attempt) throw staleAttempt();
}

/** The run, locked until the transaction ends, so that what follows in it is fenced too. @throws stale-attempt */
export async function lockCurrentRun(tx: Executor, caller: AttemptCaller): Promise<RunRow> {
  const [row] = await tx.select().from(run).where(isCurrent(caller)).for('update');
  if (row === undefined) throw staleAttempt();
  return row;
}

/** The same question without a lock: to answer early, before slow work whose result is checked again. @throws stale-attempt */
export async function requireCurrent(db: Executor, caller: AttemptCaller, attempt: number): Promise<void> {
  checkAttempt(caller, attempt);
  const rows = await db.select({ id: run.id }).from(run).where(isCurrent(caller));
  if (rows.length === 0) throw staleAttempt();
}
