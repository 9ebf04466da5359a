import type { DatasetVersion } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import type { ApiAccess } from '../demo/apiClient.ts';
import { uploadClient } from './uploadClient.ts';

/** What a command has begun: an upload, and then the import of what came of it. */
export type UnderWay = { upload: Upload } | { version: Pick<DatasetVersion, 'dataset' | 'version'> };

const secondsToAnswer = 5;

/** Leaves what was begun as it is, or gives it up (`cancel`). @returns what the person should know who stopped the command */
export async function afterInterrupt(access: ApiAccess, under: UnderWay, cancel: boolean): Promise<string> {
  // The command's own signal has ended every call already.
  const client = uploadClient(access, AbortSignal.timeout(secondsToAnswer * 1000));
  if ('version' in under) {
    const goesOn = 'The import goes on by itself. The same command follows it again.';
    if (!cancel) return goesOn;
    const { dataset, version } = under.version;
    return client.cancelImport(dataset, version).then(() => 'The import is cancelled.', () => goesOn);
  }
  const { id, dataset } = under.upload;
  if (!cancel) return `Stopped. What was sent is kept for a week: the same command goes on from there, and DELETE /v1/uploads/${id} gives it up.`;
  try {
    const { version } = await client.getUpload(id);
    if (version !== null) return await afterInterrupt(access, { version: { dataset, version } }, cancel);
    await client.dropUpload(id);
    if ((await client.getDataset(dataset)).status === 'empty') await client.deleteDataset(dataset);
    return 'The upload is given up.';
  } catch {
    return `The upload could not be given up; it goes by itself in a week, or by DELETE /v1/uploads/${id}.`;
  }
}
