import type { Preview } from '@thaw/contract/previews';
import type { TaskRow } from '@thaw/db/schema/task';

/** A preview as the API shows it. */
export function presentPreview({ id, input, datasetId, datasetVersion, status, failure, result, createdAt, finishedAt }: TaskRow): Preview {
  if (input.kind !== 'preview' || datasetId === null || datasetVersion === null) throw new Error(`The task ${id} is no preview.`);
  const shown = result?.findings.kind === 'preview' ? result.findings : null;
  return {
    id,
    status,
    failure,
    dataset: { id: datasetId, version: datasetVersion },
    draws: input.draws,
    images: shown?.images ?? [],
    picture: shown && { path: `/v1/previews/${id}/picture`, width: shown.width, height: shown.height },
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
