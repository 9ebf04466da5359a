import type { Run } from '@thaw/contract/runs';
import { isTerminal } from '@thaw/contract/runStatus';
import { run } from '@thaw/db/schema/run';
import { eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { notify } from '../notify.ts';
import { announceRun } from '../webhooks/announce.ts';
import { lockRun, type RunInput } from './findRun.ts';
import { presentRun } from './presentRun.ts';

/**
 * Ends a run that waits at once, for good. One that runs is asked to stop: its worker hears it with the next heartbeat, writes
 * a checkpoint and ends. Asking twice is harmless.
 */
export async function cancelRun(ctx: Context, { id }: RunInput): Promise<Run> {
  return ctx.db.transaction(async (tx) => {
    const row = await lockRun(tx, ctx.caller, id);
    if (isTerminal(row.status)) throw conflict(`The run has ended already (${row.status}); there is nothing to cancel.`);
    const stopRequestedAt = row.stopRequestedAt ?? sql`now()`;
    const change =
      row.status === 'running'
        ? { stopRequestedAt }
        : ({ stopRequestedAt, status: 'cancelled', launchedAt: null, finishedAt: sql`now()` } as const);
    const [changed] = await tx.update(run).set(change).where(eq(run.id, id)).returning();
    if (changed !== undefined && isTerminal(changed.status)) await announceRun(tx, changed);
    await notify(tx, 'run', id);
    return presentRun(changed ?? row, ctx.storage);
  });
}
