import { run } from '@thaw/db/schema/run';
import { and, eq, lt, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { endAttempt } from './endAttempt.ts';

/** Takes runs from workers that have fallen silent. Any number of processes may do it at once. */
export async function expireLeases({ db, log }: Pick<Context<SystemCaller>, 'db' | 'log'>): Promise<number> {
  const message = 'The worker fell silent: it was killed, lost its power or its network.';
  return db.transaction(async (tx) => {
    const silent = await tx
      .select()
      .from(run)
      .where(and(eq(run.status, sql`'running'`), lt(run.leaseExpiresAt, sql`clock_timestamp()`)))
      .limit(50)
      .for('update', { skipLocked: true });
    for (const row of silent) {
      const next = await endAttempt(tx, row, { outcome: 'lost', failure: { code: 'worker_lost', message } });
      log.warn({ run: row.id, attempt: row.attempt, next }, 'lease expired');
    }
    return silent.length;
  });
}
