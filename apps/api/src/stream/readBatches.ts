import type { Executor } from '@thaw/db/client';
import { metricBatch } from '@thaw/db/schema/metricBatch';
import { and, asc, eq, gt, sql } from 'drizzle-orm';

export interface Batch {
  /** Id of the row: what Last-Event-ID counts in. */
  id: number;
  /** JSON of a `batch` message. */
  text: string;
}

export interface BatchPage {
  batches: Batch[];
  /** Whether there may be more after them. */
  full: boolean;
}

/** The batches of a run after an id, in order: `rows` at most, and about `bytes` of them, but one where there is one. */
export async function readBatches(db: Executor, runId: string, after: number, { rows, bytes }: { rows: number; bytes: number }): Promise<BatchPage> {
  const page = db
    .select({ id: metricBatch.id, attempt: metricBatch.attempt, events: sql<string>`${metricBatch.events}::text`.as('text') })
    .from(metricBatch)
    .where(and(eq(metricBatch.runId, runId), gt(metricBatch.id, after)))
    .orderBy(asc(metricBatch.id))
    .limit(rows)
    .as('page');
  const sized = db
    .select({ id: page.id, attempt: page.attempt, events: page.events, before: sql<number>`sum(octet_length(${page.events})) over (order by ${page.id}) - octet_length(${page.events})`.as('before') })
    .from(page)
    .as('sized');
  const found = await db
    .select({ id: sized.id, attempt: sized.attempt, events: sized.events })
    .from(sized)
    .where(sql`${sized.before} < ${bytes}`)
    .orderBy(asc(sized.id));
  const size = found.reduce((sum, { events }) => sum + Buffer.byteLength(events), 0);
  return { batches: found.map(({ id, attempt, events }) => ({ id, text: `{"attempt":${attempt},"events":${events}}` })), full: found.length === rows || size >= bytes };
}

/** Id of the newest batch of a run; 0 where there is none. */
export async function newestBatch(db: Executor, runId: string): Promise<number> {
  const [newest] = await db
    .select({ id: sql<number>`coalesce(max(${metricBatch.id}), 0)::int8`.mapWith(Number) })
    .from(metricBatch)
    .where(eq(metricBatch.runId, runId));
  return newest?.id ?? 0;
}
