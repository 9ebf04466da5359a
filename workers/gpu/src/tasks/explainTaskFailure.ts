import { taskFailureCode, taskFailurePolicies, type TaskFailureCode } from '@thaw/contract/taskFailures';
import { ExportRefused } from '../export/exportRefused.ts';
import { soundsOutOfMemory } from '../outOfMemory.ts';
import { TrainingError } from '../trainingError.ts';

/** What an error means for its task. What was not foreseen is for the worker's log alone. */
export function explainTaskFailure(error: unknown): { code: TaskFailureCode; message: string } {
  if (error instanceof ExportRefused) return { code: 'export_refused', message: error.message };
  if (error instanceof TrainingError) return { code: taskFailureCode.safeParse(error.code).data ?? 'internal_error', message: error.message };
  const code = error instanceof Error && soundsOutOfMemory(error.message) ? 'out_of_memory' : 'internal_error';
  return { code, message: taskFailurePolicies[code].sentence };
}
