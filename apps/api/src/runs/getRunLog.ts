import type { TrainerEvent } from '@thaw/contract/events';
import type { RunLog, RunLogQuery } from '@thaw/contract/runLog';
import type { Executor } from '@thaw/db/client';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { newestBatch } from '../stream/readBatches.ts';
import { findRun, type RunInput } from './findRun.ts';
import { readValidity } from './runLog.ts';

const bytesAtOnce = 8 * 2 ** 20;

interface Said extends Record<string, unknown> {
  id: string;
  attempt: number;
  at: string;
  events: TrainerEvent[];
}

/** What a run said besides its measurements: about 8 MiB of it at most, from a position in its log on. */
export async function getRunLog(ctx: Context, { id, types, after }: RunInput & RunLogQuery): Promise<RunLog> {
  const row = await findRun(ctx.db, ctx.caller, id);
  // In this order: what becomes void meanwhile is left out, and what is said meanwhile comes with the next question.
  const newest = await newestBatch(ctx.db, row.id);
  const said = await readSaid(ctx.db, { runId: row.id, types, after: Number(after), newest });
  const { lastStepOf } = await readValidity(ctx.db, row.id);
  const items = said.batches.flatMap(({ attempt, at, events }) =>
    events.filter((event) => event.type === 'log' || event.step <= lastStepOf(attempt)).map((event) => ({ attempt, at: new Date(at).toISOString(), event })),
  );
  const position = said.complete ? Math.max(newest, Number(after)) : (said.batches.at(-1)?.id ?? after);
  return { items, after: String(position), complete: said.complete };
}

interface Range {
  runId: string;
  types: readonly string[];
  after: number;
  newest: number;
}

/** Events of some types by batch; the database picks them, since most of what is in a batch are iterations. */
async function readSaid(db: Executor, { runId, types, after, newest }: Range): Promise<{ batches: Said[]; complete: boolean }> {
  const rows = await db.execute<Said & { complete: boolean }>(sql`
    with picked as (
      select ${metricBatch.id} as id, ${metricBatch.attempt} as attempt, ${metricBatch.createdAt} as at,
        (select json_agg(one.event order by one.place) from json_array_elements(${metricBatch.events}) with ordinality as one(event, place)
          where one.event ->> 'type' in ${[...types]}) as events
      from ${metricBatch} where ${metricBatch.runId} = ${runId} and ${metricBatch.id} > ${after} and ${metricBatch.id} <= ${newest}
    ), sized as (
      select *, sum(octet_length(events::text)) over (order by id) as size, sum(octet_length(events::text)) over () as total from picked where events is not null
    )
    select id, attempt, at, events, total < ${bytesAtOnce} as complete from sized where size - octet_length(events::text) < ${bytesAtOnce} order by id`);
  return { batches: [...rows], complete: rows[0]?.complete ?? true };
}
