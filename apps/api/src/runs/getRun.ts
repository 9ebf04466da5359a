import type { RunWithCompanions } from '@thaw/contract/runs';
import { run } from '@thaw/db/schema/run';
import { statement } from '@thaw/db/statement';
import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import type { RunInput } from './findRun.ts';
import { shownColumns } from './presentRun.ts';
import { showRun } from './showRuns.ts';

/** With its companions in one: this is what is asked most. */
const byId = statement(
  {
    ...shownColumns,
    notes: run.notes,
    companions: sql<RunWithCompanions['companions']>`(
      select coalesce(json_agg(json_build_object('kind', companion.companion_kind, 'run', companion.id, 'status', companion.status) order by companion.companion_kind), '[]')
      from ${run} companion where companion.companion_of = ${run}.id)`,
  },
  (select) => select.from(run).where(and(eq(run.id, sql.placeholder('id')), eq(run.ownerId, sql.placeholder('owner')))),
);

/** @throws not-found also where the run is someone else's */
export async function getRun(ctx: Context, { id }: RunInput): Promise<RunWithCompanions> {
  const [row] = canBeId(id) ? await byId(ctx.db, { id, owner: ctx.caller.userId }) : [];
  if (row === undefined) throw notFound('run with this id');
  return { ...(await showRun(ctx, row)), notes: row.notes, companions: row.companions };
}
