import type { ExportEpoch, ExportFormat } from '@thaw/contract/exports';
import type { RunRow } from '@thaw/db/schema/run';
import { task, type TaskResult, type TaskRow } from '@thaw/db/schema/task';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { findRun } from '../runs/findRun.ts';
import { findSource, noSource } from './findSource.ts';
import { requestExport } from './requestExport.ts';

export interface ExportForInput {
  runId: string;
  /** 0: the network before any training. */
  epoch: ExportEpoch;
  format: ExportFormat;
}

export type ExportState =
  /** `file` is in the storage, and is never written to again. */
  | { status: 'ready'; epoch: number; file: TaskResult['files'][number]; run: RunRow }
  /** It is queued; ask again, or wait for the row with waitForTask. */
  | { status: 'pending'; epoch: number; row: TaskRow; run: RunRow };

/**
 * The model of a run in a format, for those who need the file: it is made the first time, once.
 * @throws not-found where the run is not the caller's or the epoch has no checkpoint; conflict, with the reason, where it cannot be made
 */
export async function exportFor(ctx: Context, { runId, epoch, format }: ExportForInput): Promise<ExportState> {
  const run = await findRun(ctx.db, ctx.caller, runId);
  const source = await findSource(ctx.db, run.id, epoch);
  // Of a checkpoint that is no longer kept what was made stays.
  const row = source === null ? await findMade(ctx, run, epoch, format) : (await requestExport(ctx, { run, source, format })).row;
  if (row === undefined || row.input.kind !== 'export') throw noSource(run, epoch);
  if (row.failure !== null) throw conflict(`It could not be made: ${row.failure.message}`);
  const reached = row.input.epoch;
  const file = row.result?.files.find(({ name }) => name === `model.${format}`);
  return file === undefined ? { status: 'pending', epoch: reached, row, run } : { status: 'ready', epoch: reached, file, run };
}

async function findMade({ db }: Context, { id }: RunRow, epoch: ExportEpoch, format: ExportFormat): Promise<TaskRow | undefined> {
  if (typeof epoch !== 'number') return undefined;
  const [row] = await db
    .select()
    .from(task)
    .where(
      and(
        eq(task.runId, id),
        eq(task.status, 'succeeded'),
        sql`${task.input} ->> 'format' = ${format} and (${task.input} ->> 'epoch')::int = ${epoch}`,
      ),
    )
    .orderBy(desc(task.createdAt))
    .limit(1);
  return row;
}
