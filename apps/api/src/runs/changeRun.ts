import type { changeRunRequest, RunWithCompanions } from '@thaw/contract/runs';
import { run } from '@thaw/db/schema/run';
import { eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { conflict, preconditionFailed } from '../errors.ts';
import { notify } from '../notify.ts';
import { withCompanions } from './findCompanions.ts';
import { lockRun } from './findRun.ts';

export interface ChangeRunInput {
  id: string;
  change: z.infer<typeof changeRunRequest>;
  /** Entity tags as in If-Match, one of which the run must have; left out: whatever it has. */
  ifMatch?: string | undefined;
}

export const distinct = (tags: readonly string[]): string[] => [...new Set(tags)];

/** The entity tag of what its owner says of a run. Training does not change it: who edits notes meanwhile is not in its way. */
export const etagOf = ({ edition }: { edition: number }): string => `"${edition}"`;

/**
 * Changes what its owner has written about a run, and its priority while it waits.
 * @throws precondition-failed where someone has changed it since; conflict for a priority of one that waits no more
 */
export async function changeRun(ctx: Context, { id, change: { name, tags, notes, priority }, ifMatch }: ChangeRunInput): Promise<RunWithCompanions> {
  return ctx.db.transaction(async (tx) => {
    const row = await lockRun(tx, ctx.caller, id);
    if (ifMatch !== undefined && !matches(ifMatch, etagOf(row)))
      throw preconditionFailed(`The run has been changed since: its ETag is ${etagOf(row)} by now. Read it again, and send your change with that.`);
    const waits = row.status === 'queued' || row.status === 'launching';
    if (priority !== undefined && priority !== row.priority && !waits)
      throw conflict(`The run is ${row.status}: a priority only matters while it waits, and can only be changed then. Leave it out.`);
    const change = { ...(name !== undefined && { name }), ...(tags !== undefined && { tags: distinct(tags) }), ...(notes !== undefined && { notes }), ...(priority !== undefined && { priority }) };
    if (Object.keys(change).length === 0) return withCompanions({ ...ctx, db: tx }, row);
    const [changed] = await tx
      .update(run)
      .set({ ...change, edition: sql`${run.edition} + 1` })
      .where(eq(run.id, id))
      .returning();
    await notify(tx, 'run', id);
    return withCompanions({ ...ctx, db: tx }, changed ?? row);
  });
}

/** By RFC 9110: `*` or a list of tags. A weak one never matches. */
const matches = (ifMatch: string, etag: string): boolean => ifMatch.trim() === '*' || ifMatch.split(',').some((one) => one.trim() === etag);
