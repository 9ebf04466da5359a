import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteFile } from '@thaw/contract/worker';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { errorCode } from '@thaw/worker-agent/describeError';
import { download, type DownloadOptions } from '@thaw/worker-agent/download';
import { makeRoom, type FileCache } from './cacheRoom.ts';
import { placeFile } from './placeFile.ts';

/**
 * Puts a remote file at `destination`, from the cache (where it lies under its hash) or from the network. A cached file is
 * hashed before every use and fetched again when it is not what its name says.
 *
 * @throws DownloadError, the reason of the signal, or the disk's error
 */
export async function fetchFile(file: RemoteFile, destination: string, cache: FileCache, options: DownloadOptions): Promise<void> {
  const cached = join(cache.directory, file.sha256);
  await mkdir(cache.directory, { recursive: true });
  if (await takeFromCache(file, cached, destination)) return;
  await makeRoom(cache, file.bytes);
  const partial = `${cached}.${randomUUID()}.part`;
  try {
    await download(file, partial, options);
    // Runs share these bytes through their links: nobody is to write into them.
    await chmod(partial, 0o444);
    // Linked before it gets its name in the cache: another worker's eviction cannot come between.
    await placeFile(partial, destination);
    await rename(partial, cached);
  } finally {
    await rm(partial, { force: true });
  }
}

/** The link is made first and the linked file is hashed: what was checked is what will be read. */
async function takeFromCache(file: RemoteFile, cached: string, destination: string): Promise<boolean> {
  try {
    await placeFile(cached, destination);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  const { size } = await stat(destination);
  if (size === file.bytes && (await sha256OfFile(destination)) === file.sha256) {
    const now = new Date();
    await utimes(destination, now, now);
    return true;
  }
  await rm(destination);
  await rm(cached, { force: true });
  return false;
}
