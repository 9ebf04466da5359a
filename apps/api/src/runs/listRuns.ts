import type { ListedRun, RunSort, SortOrder } from '@thaw/contract/runs';
import type { PresetName } from '@thaw/contract/runSpec';
import type { RunStatus } from '@thaw/contract/runStatus';
import { run, type RunRow } from '@thaw/db/schema/run';
import { selectRows, statement } from '@thaw/db/statement';
import { and, arrayContains, eq, gte, inArray, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import { byPeople, holds } from '../byPeople.ts';
import type { Context } from '../context.ts';
import { cursorOf, readCursor, type Position } from './cursor.ts';
import { shownColumns, type ShownRow } from './presentRun.ts';
import { showRuns } from './showRuns.ts';

export interface ListRunsInput {
  limit: number;
  cursor?: string | undefined;
  sort?: RunSort | undefined;
  order?: SortOrder | undefined;
  /** A run must have one of them. */
  statuses?: readonly RunStatus[] | undefined;
  preset?: PresetName | undefined;
  dataset?: string | undefined;
  /** A run must have all of them. */
  tags?: readonly string[] | undefined;
  /** Part of the name or the notes, in any case. */
  search?: string | undefined;
  /** Made then or later, and before then. */
  createdSince?: Date | undefined;
  createdBefore?: Date | undefined;
  /** A run, of which those listed are companions; `none`: those that are nobody's. */
  companionOf?: string | undefined;
  /** Whether each run comes with a few of its epochs. */
  sparkline?: boolean | undefined;
}

/** The caller's runs page by page, unless told otherwise the newest first. A run that is added meanwhile neither repeats nor hides another. */
export async function listRuns(ctx: Context, input: ListRunsInput): Promise<{ items: ListedRun[]; nextCursor: string | null }> {
  const { limit, cursor, sort = 'created', order = 'desc', sparkline = false } = input;
  // The first page of all is what is asked most.
  const more = conditions(input).filter((one) => one !== undefined);
  const rows: (ShownRow & Partial<Pick<RunRow, 'sparkline'>>)[] =
    more.length === 0 && cursor === undefined && !sparkline
      ? await firstPages[order][sort](ctx.db, { owner: ctx.caller.userId, rows: limit + 1 })
      : await selectRows(ctx.db, { ...shownColumns, ...(sparkline && { sparkline: run.sparkline }) }, (select) =>
          select
            .from(run)
            .where(and(eq(run.ownerId, ctx.caller.userId), ...more, cursor === undefined ? undefined : after(sort, order, readCursor(cursor, sort, order))))
            .orderBy(orders[order](sort))
            .limit(limit + 1),
        );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const shown = rows.slice(0, limit);
  const items: ListedRun[] = await showRuns(ctx, shown);
  return {
    items: sparkline ? items.map((item, index) => ({ ...item, sparkline: shown[index]?.sparkline ?? [] })) : items,
    nextCursor: last === undefined ? null : cursorOf(last, sort, order),
  };
}

function conditions({ statuses = [], preset, dataset, tags = [], search, createdSince, createdBefore, companionOf }: ListRunsInput): (SQL | undefined)[] {
  return [
    statuses.length === 0 ? undefined : inArray(run.status, [...statuses]),
    preset && eq(run.preset, preset),
    dataset === undefined ? undefined : eq(run.datasetId, dataset),
    tags.length === 0 ? undefined : arrayContains(run.tags, [...tags]),
    search === undefined ? undefined : or(holds(run.name, search), holds(run.notes, search)),
    createdSince === undefined ? undefined : gte(run.createdAt, createdSince),
    createdBefore === undefined ? undefined : lt(run.createdAt, createdBefore),
    companionOf === undefined ? undefined : companionOf === 'none' ? isNull(run.companionOf) : eq(run.companionOf, companionOf),
  ];
}

/** Spelled like the indexes are, so that they are used. */
const sorted: Record<RunSort, { by: SQL; literal: (value: string | number) => SQL; always: boolean }> = {
  created: { by: sql`${run.createdAt}`, literal: moment, always: true },
  finished: { by: sql`${run.finishedAt}`, literal: moment, always: false },
  accuracy: { by: sql`${run.bestAccuracy}`, literal: (value) => sql`${value}::double precision`, always: false },
  duration: { by: sql`${run.durationSeconds}`, literal: (value) => sql`${value}::double precision`, always: false },
  name: { by: sql`${run.name} ${byPeople}`, literal: (value) => sql`${value}::text ${byPeople}`, always: true },
};

function moment(value: string | number): SQL {
  return sql`${new Date(value).toISOString()}::timestamptz`;
}

/** Runs without a value come last both ways. */
const orders: Record<SortOrder, (sort: RunSort) => SQL> = {
  desc: (sort) => (sorted[sort].always ? sql`${sorted[sort].by} desc, ${run.id} desc` : sql`${sorted[sort].by} desc nulls last, ${run.id} desc nulls last`),
  asc: (sort) => sql`${sorted[sort].by} asc nulls last, ${run.id} asc`,
};

const firstPage = (sort: RunSort, order: SortOrder) =>
  statement(shownColumns, (select) =>
    select
      .from(run)
      .where(eq(run.ownerId, sql.placeholder('owner')))
      .orderBy(orders[order](sort))
      .limit(sql.placeholder('rows')),
  );
const firstPagesOf = (order: SortOrder) => ({
  created: firstPage('created', order),
  finished: firstPage('finished', order),
  accuracy: firstPage('accuracy', order),
  duration: firstPage('duration', order),
  name: firstPage('name', order),
});
const firstPages = { desc: firstPagesOf('desc'), asc: firstPagesOf('asc') };

function after(sort: RunSort, order: SortOrder, { value, id }: Position): SQL {
  const { by, literal, always } = sorted[sort];
  const beyond = order === 'desc' ? sql`<` : sql`>`;
  if (value === null) return sql`(${by} is null and ${run.id} ${beyond} ${id})`;
  const later = sql`(${by}, ${run.id}) ${beyond} (${literal(value)}, ${id})`;
  return always ? later : sql`(${by} is null or ${later})`;
}
