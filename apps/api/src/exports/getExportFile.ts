import { exportFileName } from '@thaw/contract/exports';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { waitForTask, type Patience } from '../tasks/waitForTask.ts';
import { savedAs } from './fileNames.ts';
import { findExport, type ExportInput } from './findExport.ts';

/** A short-lived address of a file of an export. One that is being made is waited for. */
export async function getExportFile(ctx: Context, { file, patience, ...input }: ExportInput & { file: string; patience: Patience }): Promise<{ url: string }> {
  const { run, row } = await findExport(ctx.db, ctx.caller, input);
  const name = exportFileName.safeParse(file).data;
  const { input: of, result } = await waitForTask(ctx.db, row, patience);
  const stored = result.files.find((one) => one.name === name);
  if (name === undefined || stored === undefined || of.kind !== 'export') throw notFound('such file of this export', `It has ${result.files.map((one) => one.name).join(', ')}.`);
  return { url: await ctx.storage.presignGet(stored.key, 'download', savedAs(run.name, of, name)) };
}
