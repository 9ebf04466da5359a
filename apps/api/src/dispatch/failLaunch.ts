import { run } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import { moveRun } from '../attempts/moveRun.ts';
import { runPolicy } from '../attempts/runPolicy.ts';
import { afterAttempt } from '../work/afterAttempt.ts';
import type { DispatchContext } from './dispatchContext.ts';

/** No worker came for a run: it waits and is tried again, or failed when that happened too often. Nothing if it has gone on. */
export async function failLaunch({ db, log }: Pick<DispatchContext, 'db' | 'log'>, { runId, reason }: { runId: string; reason: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx.select().from(run).where(and(eq(run.id, runId), eq(run.status, 'launching'))).for('update');
    if (row === undefined) return;
    const next = afterAttempt(runPolicy, {
      outcome: 'failed',
      failure: { code: 'launch_failed', message: `No worker could be started: ${reason}` },
      stopRequested: row.stopRequestedAt !== null,
      progressed: false,
      inVain: row.attemptsWithoutProgress,
    });
    await moveRun(tx, runId, next);
    log.warn({ run: runId, reason, next: next.status }, 'launch failed');
  });
}
