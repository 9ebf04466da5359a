import type { ExportCompanion, ExportFormat } from '@thaw/contract/exports';
import type { RunRow } from '@thaw/db/schema/run';
import type { TaskRow } from '@thaw/db/schema/task';
import type { Context } from '../context.ts';
import { requestTask } from '../tasks/requestTask.ts';
import type { ExportSource } from './findSource.ts';

export interface RequestExportInput {
  run: RunRow;
  source: ExportSource;
  format: ExportFormat;
  with?: readonly ExportCompanion[];
}

/** The export of a state of a run, in a format and with what comes beside it: made once. */
export function requestExport(ctx: Context, { run, source, format, with: companions = [] }: RequestExportInput): Promise<{ row: TaskRow; created: boolean }> {
  const { epoch, step, checkpointId, model } = source;
  const beside = [...new Set(companions)].sort();
  // A card tells the evaluation, which comes after the checkpoint.
  const told = beside.includes('card') ? (run.evaluation?.sha256 ?? null) : null;
  return requestTask(ctx, {
    of: { runId: run.id, checkpointId },
    input: { kind: 'export', epoch, step, format, with: beside },
    dependsOn: [run.id, model?.sha256 ?? 'untuned', format, beside, told],
  });
}
