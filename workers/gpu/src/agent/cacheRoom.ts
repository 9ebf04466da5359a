import type { Stats } from 'node:fs';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '@thaw/worker-agent/describeError';

export interface FileCache {
  directory: string;
  /** The files used longest ago are removed beyond this size. */
  maxBytes: number;
}

/** A download that has not grown for so long belongs to a worker that is gone. */
const abandonedMs = 60 * 60 * 1000;

/**
 * Removes the files used longest ago until `bytes` more fit under the cache's limit and on its disk. Runs keep hard links to
 * what they use, so nothing is taken from under them.
 */
export async function makeRoom(cache: FileCache, bytes: number): Promise<void> {
  const files: { path: string; bytes: number; usedAt: number }[] = [];
  for (const name of await readdir(cache.directory)) {
    const path = join(cache.directory, name);
    const entry = await statOrNull(path);
    if (entry === null || !entry.isFile()) continue;
    if (/^[0-9a-f]{64}$/.test(name)) files.push({ path, bytes: entry.size, usedAt: entry.mtimeMs });
    else if (name.endsWith('.part') && Date.now() - entry.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
  files.sort((a, b) => a.usedAt - b.usedAt);
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) {
    if (total + bytes <= cache.maxBytes && (await freeBytes(cache.directory)) >= bytes) return;
    await rm(file.path, { force: true });
    total -= file.bytes;
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
