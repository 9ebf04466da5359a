import type { ExportEpoch, ExportFormat } from '@thaw/contract/exports';
import type { Context } from '../context.ts';
import { findRun } from '../runs/findRun.ts';
import { waitForTask, type Patience } from '../tasks/waitForTask.ts';
import { exportFor } from './exportFor.ts';
import { exportedName } from './fileNames.ts';
import { findSource } from './findSource.ts';

export interface CheckpointFileInput {
  id: string;
  epoch: ExportEpoch;
  format: ExportFormat;
  patience: Patience;
}

/**
 * A short-lived address of the model of a run after an epoch. As safetensors a checkpoint has it already; what is to be made is queued
 * and waited for.
 * @throws not-ready where that takes longer than a request should
 */
export async function getCheckpointFile(ctx: Context, { id, epoch, format, patience }: CheckpointFileInput): Promise<{ url: string }> {
  const address = async (key: string, runName: string, reached: number) => ({ url: await ctx.storage.presignGet(key, 'download', exportedName(runName, { epoch: reached, format })) });
  if (format === 'safetensors') {
    const run = await findRun(ctx.db, ctx.caller, id);
    const source = await findSource(ctx.db, run.id, epoch);
    if (source !== null && source.model !== null) return address(source.model.key, run.name, source.epoch);
  }
  const state = await exportFor(ctx, { runId: id, epoch, format });
  if (state.status === 'ready') return address(state.file.key, state.run.name, state.epoch);
  const { result } = await waitForTask(ctx.db, state.row, patience);
  const file = result.files.find(({ name }) => name === `model.${format}`);
  if (file === undefined) throw new Error(`The export ${state.row.id} has no model.`);
  return address(file.key, state.run.name, state.epoch);
}
