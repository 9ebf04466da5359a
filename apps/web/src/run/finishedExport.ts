import type { ExportFormat, RunExport } from '@thaw/contract/exports';
import { callApi } from '../api/callApi.ts';

interface ExportWanted {
  run: string;
  /** 0: before any training. */
  epoch: 'best' | number;
  format: ExportFormat;
  signal?: AbortSignal;
  /** It is not there yet, and waited for. */
  onWait?: () => void;
}

/** Milliseconds between looks at an export that is being made. */
const pause = 1000;

/** Has the model after an epoch made into a file, the first time that it is asked for. @returns an export that has succeeded or failed @throws ApiError */
export async function finishedExport({ run, epoch, format, signal, onWait }: ExportWanted): Promise<RunExport> {
  const path = `/v1/runs/${encodeURIComponent(run)}/exports` as const;
  let made = await callApi<RunExport>(path, { method: 'POST', body: { epoch, format }, signal });
  while (made.status !== 'succeeded' && made.status !== 'failed') {
    onWait?.();
    await new Promise((resolve) => setTimeout(resolve, pause));
    signal?.throwIfAborted();
    made = await callApi<RunExport>(`${path}/${made.id}`, { signal });
  }
  return made;
}
