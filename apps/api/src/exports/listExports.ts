import type { RunExport } from '@thaw/contract/exports';
import { task } from '@thaw/db/schema/task';
import { and, desc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from '../runs/findRun.ts';
import { presentExport } from './presentExport.ts';

const most = 500;

/** The exports of a run, newest first: those of checkpoints that are no longer kept too. */
export async function listExports(ctx: Context, { id }: RunInput): Promise<{ items: RunExport[] }> {
  const run = await findRun(ctx.db, ctx.caller, id);
  const rows = await ctx.db
    .select()
    .from(task)
    .where(and(eq(task.runId, run.id), eq(task.kind, 'export')))
    .orderBy(desc(task.createdAt), desc(task.id))
    .limit(most);
  return { items: rows.map((row) => presentExport(row, run.name, ctx.storage)) };
}
