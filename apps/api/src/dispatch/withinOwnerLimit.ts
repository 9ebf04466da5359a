import type { Executor } from '@thaw/db/client';
import { run } from '@thaw/db/schema/run';
import { sql } from 'drizzle-orm';
import type { WaitingWork } from './workKind.ts';

/** Leaves out runs whose owner has enough of them with workers already. */
export async function withinOwnerLimit(tx: Executor, waiting: readonly WaitingWork[], limit: number): Promise<WaitingWork[]> {
  const counts = await tx
    .select({ ownerId: run.ownerId, count: sql<number>`count(*)::int` })
    .from(run)
    .where(sql`${run.status} in ('launching', 'running')`)
    .groupBy(run.ownerId);
  const active = new Map<string | null, number>(counts.map(({ ownerId, count }) => [ownerId, count]));
  return waiting.filter(({ ownerId }) => {
    const count = active.get(ownerId) ?? 0;
    active.set(ownerId, count + 1);
    return count < limit;
  });
}
