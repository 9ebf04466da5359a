import type { createExportRequest, RunExport } from '@thaw/contract/exports';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { findRun } from '../runs/findRun.ts';
import { findSource, noSource } from './findSource.ts';
import { presentExport } from './presentExport.ts';
import { requestExport } from './requestExport.ts';

/** Queues an export. `created` false: the same has been asked for before. */
export async function createExport(
  ctx: Context,
  { id, epoch, format, with: companions }: { id: string } & z.infer<typeof createExportRequest>,
): Promise<{ made: RunExport; created: boolean }> {
  const run = await findRun(ctx.db, ctx.caller, id);
  const source = await findSource(ctx.db, run.id, epoch);
  if (source === null) throw noSource(run, epoch);
  const { row, created } = await requestExport(ctx, { run, source, format, with: companions });
  return { made: presentExport(row, run.name, ctx.storage), created };
}
