import { stat } from 'node:fs/promises';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { errorCode } from '@thaw/worker-agent/describeError';
import type { FileToPut } from '@thaw/worker-agent/putFile';

/** Size and hash of a file that is to be uploaded; null where it is not there. */
export async function describeFile(path: string): Promise<FileToPut | null> {
  try {
    return { path, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
