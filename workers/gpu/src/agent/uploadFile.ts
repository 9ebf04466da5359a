import type { uploadReply, uploadRequest } from '@thaw/contract/worker';
import { ApiRefusal } from '@thaw/worker-agent/apiCalls';
import { ChangedFile, putFile, type FileToPut } from '@thaw/worker-agent/putFile';
import { retry, type Backoff } from '@thaw/worker-agent/retry';
import type { z } from 'zod';

/** A file of a run. */
export type RunPlace = z.infer<typeof uploadRequest>['file'];

/** `Place` says which file of the work it is. */
export interface UploadOptions<Place = RunPlace> {
  client: { requestUpload(place: Place, bytes: number, signal: AbortSignal): Promise<z.infer<typeof uploadReply>> };
  signal: AbortSignal;
  /** Called at the first failure and at every tenth. */
  onTrouble: (error: unknown) => void;
  backoff?: Backoff;
  stallMs?: number;
}

/**
 * Brings one file into the storage, however long the storage is away. Every try asks for a new address: the old one may be
 * what is wrong (expired, signed for a host that moved).
 *
 * @returns the key to record
 * @throws ApiRefusal, ChangedFile, or the reason of `signal`
 */
export async function uploadFile<Place>(place: Place, file: FileToPut, options: UploadOptions<Place>): Promise<string> {
  const { client, signal, onTrouble, backoff = { firstMs: 500, maxMs: 20_000 }, stallMs } = options;
  return retry(
    async () => {
      const { key, url } = await client.requestUpload(place, file.bytes, signal);
      await putFile(url, file, signal, stallMs);
      return key;
    },
    {
      signal,
      backoff,
      retryable: (error) => !(error instanceof ApiRefusal || error instanceof ChangedFile),
      onRetry: (error, failures) => {
        if (failures === 1 || failures % 10 === 0) onTrouble(error);
      },
    },
  );
}
