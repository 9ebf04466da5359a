import type { Executor } from '@thaw/db/client';
import { run } from '@thaw/db/schema/run';
import { and, asc, desc, inArray, lte, sql } from 'drizzle-orm';
import { notify } from '../notify.ts';
import type { DispatchContext } from './dispatchContext.ts';

export interface MarkLaunchingInput {
  /** Runs at the head of the queue for which workers are there already. */
  covered: number;
  /** Workers that may be started. */
  limit: number;
}

/** Moves the next waiting runs to `launching` and gives their ids. Two dispatchers never get the same one. */
export async function markLaunching({ db, settings }: Pick<DispatchContext, 'db' | 'settings'>, { covered, limit }: MarkLaunchingInput): Promise<string[]> {
  if (limit <= 0) return [];
  return db.transaction(async (tx) => {
    const waiting = await tx
      .select({ id: run.id, ownerId: run.ownerId })
      .from(run)
      .where(and(sql`${run.status} = 'queued'`, lte(run.availableAt, sql`now()`)))
      .orderBy(desc(run.priority), asc(run.createdAt), asc(run.id))
      .limit(covered + limit + 200)
      .for('update', { skipLocked: true });
    const allowed = settings.maxActivePerOwner === null ? waiting : await withinOwnerLimit(tx, waiting, settings.maxActivePerOwner);
    const ids = allowed.slice(covered, covered + limit).map(({ id }) => id);
    if (ids.length === 0) return [];
    await tx.update(run).set({ status: 'launching', launchedAt: sql`now()` }).where(inArray(run.id, ids));
    for (const id of ids) await notify(tx, 'run', id);
    return ids;
  });
}

/** Leaves out runs whose owner has enough of them with workers already. */
async function withinOwnerLimit<T extends { ownerId: string }>(tx: Executor, waiting: readonly T[], limit: number): Promise<T[]> {
  const counts = await tx
    .select({ ownerId: run.ownerId, count: sql<number>`count(*)::int` })
    .from(run)
    .where(sql`${run.status} in ('launching', 'running')`)
    .groupBy(run.ownerId);
  const active = new Map(counts.map(({ ownerId, count }) => [ownerId, count]));
  return waiting.filter(({ ownerId }) => {
    const count = active.get(ownerId) ?? 0;
    active.set(ownerId, count + 1);
    return count < limit;
  });
}
