import { exportPrefix, previewPrefix } from '@thaw/contract/storageKeys';
import type { TaskFileName } from '@thaw/contract/tasks';
import type { TaskInput, TaskRow } from '@thaw/db/schema/task';

/** The files that a task is to bring. */
export function filesOf(input: TaskInput): TaskFileName[] {
  if (input.kind === 'preview') return ['preview.png'];
  const beside = { card: 'card.md', predict: 'predict.py' } as const;
  return [`model.${input.format}`, ...input.with.map((name) => beside[name])];
}

/** Where they are, and nothing else is. */
export function prefixOf({ id, runId, datasetId, datasetVersion }: TaskRow): string {
  if (runId !== null) return exportPrefix(runId, id);
  if (datasetId === null || datasetVersion === null) throw new Error(`The task ${id} is about nothing.`);
  return previewPrefix(datasetId, datasetVersion, id);
}
