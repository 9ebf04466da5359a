import type { Executor } from '@thaw/db/client';
import type { RunRow } from '@thaw/db/schema/run';
import { task, type TaskRow } from '@thaw/db/schema/task';
import { and, eq, type SQL } from 'drizzle-orm';
import type { OwnerCaller } from '../context.ts';
import { notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { findRun } from '../runs/findRun.ts';

export interface ExportInput {
  id: string;
  export: string;
}

/** Which export of a run that was found to be the caller's. */
export const exportOf = (caller: OwnerCaller, { id, export: wanted }: ExportInput): SQL | undefined =>
  and(eq(task.id, wanted), eq(task.runId, id), eq(task.ownerId, caller.userId), eq(task.kind, 'export'));

export const noSuchExport = () => notFound('export of this run with this id', 'GET /v1/runs/:id/exports lists them.');

/** @throws not-found also where the run is someone else's */
export async function findExport(db: Executor, caller: OwnerCaller, input: ExportInput): Promise<{ run: RunRow; row: TaskRow }> {
  const run = await findRun(db, caller, input.id);
  const [row] = canBeId(input.export) ? await db.select().from(task).where(exportOf(caller, input)) : [];
  if (row === undefined) throw noSuchExport();
  return { run, row };
}
