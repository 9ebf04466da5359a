import { resolveSpec } from '@thaw/contract/resolveSpec';
import type { createRunRequest, RunWithCompanions } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { and, eq } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { lockOwner } from '../quotas/requireRoom.ts';
import { withCompanions } from './findCompanions.ts';
import { insertRun } from './insertRun.ts';
import { planRun, specOf } from './planRun.ts';

export interface CreateRunInput {
  request: z.infer<typeof createRunRequest>;
  /** The same key with the same request gives the same run again. */
  idempotencyKey?: string | undefined;
}

/** Queues a run and the companions that it asks for, all or none. `created` false: an earlier request with the same key has made it already. */
export async function createRun(ctx: Context, { request, idempotencyKey }: CreateRunInput): Promise<{ run: RunWithCompanions; created: boolean }> {
  const { name, tags, notes, priority = 0, ...recipe } = request;
  const spec = specOf(resolveSpec(recipe));
  // Of the completed recipe: neither the order of fields nor spelled-out defaults make a request another one.
  const requestHash = createHash('sha256').update(JSON.stringify({ name, priority, spec, tags, notes })).digest('hex');

  const repeated = async (): Promise<{ run: RunWithCompanions; created: boolean } | null> => {
    const earlier = idempotencyKey === undefined ? undefined : await findByKey(ctx.db, ctx, idempotencyKey);
    if (earlier === undefined) return null;
    if (earlier.requestHash === requestHash) return { run: await withCompanions(ctx, earlier), created: false };
    throw conflict(`The Idempotency-Key was used before, for the run ${earlier.id} with other settings. Use a new key for a new run.`);
  };
  const before = await repeated();
  if (before !== null) return before;

  const plan = await planRun(ctx, spec);
  const made = await ctx.db.transaction(async (tx) => {
    if (idempotencyKey !== undefined) {
      // Of two requests with the same key the second waits here, and is no second run that would need room.
      await lockOwner(tx, ctx);
      if ((await findByKey(tx, ctx, idempotencyKey)) !== undefined) return null;
    }
    return insertRun(tx, ctx, plan, { name, tags, notes, priority, ...(idempotencyKey !== undefined && { idempotencyKey, requestHash }) });
  });
  if (made !== null) return { run: await withCompanions(ctx, made), created: true };
  const winner = await repeated();
  if (winner === null) throw conflict('The run of an earlier request with this Idempotency-Key has just been deleted. Use a new key.');
  return winner;
}

async function findByKey(db: Executor, { caller }: Context, idempotencyKey: string): Promise<RunRow | undefined> {
  const [row] = await db
    .select()
    .from(run)
    .where(and(eq(run.ownerId, caller.userId), eq(run.idempotencyKey, idempotencyKey)));
  return row;
}
