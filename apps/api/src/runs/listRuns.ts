import type { Run, RunSort, SortOrder } from '@thaw/contract/runs';
import type { PresetName } from '@thaw/contract/runSpec';
import type { RunStatus } from '@thaw/contract/runStatus';
import { run } from '@thaw/db/schema/run';
import { and, arrayContains, eq, or, sql, type AnyColumn, type SQL } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { cursorOf, readCursor, type Position } from './cursor.ts';
import { presentRun } from './presentRun.ts';

export interface ListRunsInput {
  limit: number;
  cursor?: string | undefined;
  sort?: RunSort | undefined;
  order?: SortOrder | undefined;
  status?: RunStatus | undefined;
  preset?: PresetName | undefined;
  dataset?: string | undefined;
  /** A run must have all of them. */
  tags?: readonly string[] | undefined;
  /** Part of the name or the notes, in any case. */
  search?: string | undefined;
}

/** The caller's runs page by page, unless told otherwise the newest first. A run that is added meanwhile neither repeats nor hides another. */
export async function listRuns(
  ctx: Context,
  { limit, cursor, sort = 'created', order = 'desc', status, preset, dataset, tags = [], search }: ListRunsInput,
): Promise<{ items: Run[]; nextCursor: string | null }> {
  const rows = await ctx.db
    .select()
    .from(run)
    .where(
      and(
        eq(run.ownerId, ctx.caller.userId),
        status && eq(run.status, status),
        preset && eq(run.preset, preset),
        dataset === undefined ? undefined : eq(run.datasetId, dataset),
        tags.length === 0 ? undefined : arrayContains(run.tags, [...tags]),
        search === undefined ? undefined : or(holds(run.name, search), holds(run.notes, search)),
        cursor === undefined ? undefined : after(sort, order, readCursor(cursor, sort, order)),
      ),
    )
    .orderBy(orders[order](sort))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map((row) => presentRun(row, ctx.storage)), nextCursor: last === undefined ? null : cursorOf(last, sort, order) };
}

/** Whether a text stands in a column, in any case: of all letters, also where the database's own collation knows ASCII alone. */
const holds = (column: AnyColumn, text: string): SQL => sql`strpos(lower(${column} collate "und-x-icu"), lower(${text} collate "und-x-icu")) > 0`;

const columns = { created: run.createdAt, finished: run.finishedAt, accuracy: run.bestAccuracy } as const;

/** Runs without a value come last both ways. Spelled like the indexes are, so that they are used. */
const orders: Record<SortOrder, (sort: RunSort) => SQL> = {
  desc: (sort) => (sort === 'created' ? sql`${run.createdAt} desc, ${run.id} desc` : sql`${columns[sort]} desc nulls last, ${run.id} desc nulls last`),
  asc: (sort) => sql`${columns[sort]} asc nulls last, ${run.id} asc`,
};

function after(sort: RunSort, order: SortOrder, { value, id }: Position): SQL {
  const column = columns[sort];
  const beyond = order === 'desc' ? sql`<` : sql`>`;
  if (value === null) return sql`(${column} is null and ${run.id} ${beyond} ${id})`;
  const last = sort === 'accuracy' ? sql`${value}::double precision` : sql`${new Date(value).toISOString()}::timestamptz`;
  if (sort === 'created') return sql`(${column}, ${run.id}) ${beyond} (${last}, ${id})`;
  return sql`(${column} is null or (${column}, ${run.id}) ${beyond} (${last}, ${id}))`;
}
