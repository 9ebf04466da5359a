import { constants, copyFile, link } from 'node:fs/promises';
import { errorCode } from '@thaw/worker-agent/describeError';

/**
 * Gives a file a second name at no cost. Where the file system knows no hard links, or the places are on two of them, the
 * bytes are copied.
 *
 * @throws the system's error: ENOENT when the source is gone, EEXIST when the destination is there
 */
export async function placeFile(source: string, destination: string): Promise<void> {
  try {
    await link(source, destination);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EEXIST') throw error;
    await copyFile(source, destination, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}
