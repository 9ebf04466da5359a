import type { RunExport } from '@thaw/contract/exports';
import type { Context } from '../context.ts';
import { findExport, type ExportInput } from './findExport.ts';
import { presentExport } from './presentExport.ts';

export async function getExport(ctx: Context, input: ExportInput): Promise<RunExport> {
  const { run, row } = await findExport(ctx.db, ctx.caller, input);
  return presentExport(row, run.name, ctx.storage);
}
