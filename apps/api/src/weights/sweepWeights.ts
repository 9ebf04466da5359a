import { run } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, eq, isNotNull, ne, notExists, sql } from 'drizzle-orm';
import type { Context, SystemCaller } from '../context.ts';
import { mayRemove } from '../housekeeping/mayRemove.ts';
import { lockWeights } from './lockWeights.ts';

const atOnce = 100;

/**
 * Removes people's weights, which are copies of checkpoints, from which no run starts any more; a day after they were last asked for, so that
 * none goes while a run is being made of it, and none while a backup is under way. A file that others name too stays.
 * @returns how many are gone
 */
export async function sweepWeights({ db, storage }: Pick<Context<SystemCaller>, 'db' | 'storage'>): Promise<number> {
  const ofNoRun = notExists(db.select({ one: sql`1` }).from(run).where(eq(run.weightsId, weights.id)));
  const unused = and(isNotNull(weights.ownerId), sql`${weights.createdAt} < now() - interval '1 day'`, ofNoRun);
  const found = await db.select({ id: weights.id, key: weights.key }).from(weights).where(unused).limit(atOnce);
  let gone = 0;
  for (const { id, key } of found)
    gone += await db.transaction(async (tx) => {
      if (!(await mayRemove(tx))) return 0;
      await lockWeights(tx, key);
      const [row] = await tx.delete(weights).where(and(eq(weights.id, id), unused)).returning({ id: weights.id });
      if (row === undefined) return 0;
      const [other] = await tx.select({ id: weights.id }).from(weights).where(and(eq(weights.key, key), ne(weights.id, id))).limit(1);
      if (other === undefined) await storage.remove([key]);
      return 1;
    });
  return gone;
}
