import type { RunWithCompanions } from '@thaw/contract/runs';
import type { Executor } from '@thaw/db/client';
import { run, type RunRow } from '@thaw/db/schema/run';
import { asc, eq } from 'drizzle-orm';
import { showRun, type ShowContext } from './showRuns.ts';

/** The companions of a run that are there: they may be deleted one by one. */
export function findCompanions(db: Executor, runId: string): Promise<RunRow[]> {
  return db.select().from(run).where(eq(run.companionOf, runId)).orderBy(asc(run.companionKind));
}

/** A run, which was found to be the caller's, with its notes and its companions. */
export async function withCompanions(ctx: ShowContext, row: RunRow): Promise<RunWithCompanions> {
  const companions = await findCompanions(ctx.db, row.id);
  return { ...(await showRun(ctx, row)), notes: row.notes, companions: companions.flatMap(({ id, status, companionKind: kind }) => (kind === null ? [] : [{ kind, run: id, status }])) };
}
