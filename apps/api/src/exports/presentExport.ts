import type { RunExport } from '@thaw/contract/exports';
import type { TaskRow } from '@thaw/db/schema/task';
import type { Storage } from '../storage/storage.ts';
import { savedAs } from './fileNames.ts';

/** An export as the API shows it. */
export function presentExport({ id, runId, input, status, failure, result, createdAt, finishedAt }: TaskRow, runName: string, storage: Pick<Storage, 'uri'>): RunExport {
  if (input.kind !== 'export' || runId === null) throw new Error(`The task ${id} is no export.`);
  const { epoch, step, format, with: companions } = input;
  const files = (result?.files ?? []).flatMap(({ name, key, bytes, sha256 }) =>
    name === 'preview.png' ? [] : [{ name, uri: storage.uri(key), bytes, sha256, download: `/v1/runs/${runId}/exports/${id}/${name}`, fileName: savedAs(runName, input, name) }],
  );
  const at = { createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
  return { id, run: runId, epoch, step, format, with: companions, status, failure, files, ...at };
}
