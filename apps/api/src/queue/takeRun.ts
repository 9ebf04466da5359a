import type { Quota } from '@thaw/contract/quotas';
import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, eq, sql } from 'drizzle-orm';
import { ownersToServe } from './ownersToServe.ts';
import { mayBeTaken, ownOrder, toClaim } from './runOrder.ts';

export interface TakeRunInput {
  /** Of the worker. */
  device: 'cpu' | 'gpu';
  /** Take this run only. */
  wanted?: string | undefined;
}

/** Locks the run that comes next, see runOrder.ts, for the transaction; null when there is none. One that someone else has locked is passed over. */
export async function takeRun(tx: Executor, quota: Quota, { device, wanted }: TakeRunInput): Promise<RunRow | null> {
  const only = wanted === undefined ? null : await tx.select({ ownerId: run.ownerId }).from(run).where(eq(run.id, wanted));
  for (const { ownerId, most, spent } of await ownersToServe(tx, quota, device)) {
    if (only !== null && only[0]?.ownerId !== ownerId) continue;
    if (most !== null && (await countActive(tx, ownerId)) >= most) continue;
    const [row] = await tx
      .select()
      .from(run)
      .where(and(eq(run.ownerId, ownerId), mayBeTaken(toClaim, sql`${spent}`), wanted === undefined ? undefined : eq(run.id, wanted)))
      .orderBy(ownOrder)
      .limit(1)
      .for('update', { skipLocked: true });
    if (row !== undefined) return row;
  }
  return null;
}

/** Two claims at once would both count before either shows: where there is a limit, those of one owner go one after the other. */
async function countActive(tx: Executor, ownerId: string): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`owner:${ownerId}`}, 0))`);
  const [active] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(run)
    .where(and(eq(run.ownerId, ownerId), sql`${run.status} = 'running'`));
  return active?.count ?? 0;
}
