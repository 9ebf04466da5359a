import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { UsageError } from '../stack/stackError.ts';
import { changed, readExactly } from './archiveSource.ts';
import type { ByteSource } from './byteSource.ts';
import { listFolder, type ListedFile } from './listFolder.ts';
import { paddingOf, tarEndBytes, tarHeader } from './tarHeader.ts';

const smallBytes = 256 * 1024;
/** So long small files are read before others (the network, Ctrl-C) get a turn. */
const restMilliseconds = 20;

interface Placed extends ListedFile {
  /** Where its header begins in the archive. */
  start: number;
  headerBytes: number;
}

/**
 * A folder as the tar archive that it would make. No copy is written: any part is made anew from the files whenever it is read, and
 * is the same each time, since names are in a fixed order and times and owners are left out.
 * @throws UsageError where nothing is in it
 */
export async function folderSource(folder: string): Promise<ByteSource & { files: number; leftOut: number }> {
  const { files, leftOut } = await listFolder(folder);
  if (files.every(({ name }) => name.endsWith('/'))) throw new UsageError(`${folder} holds no files. Name a folder with one folder of images for each class.`);
  let end = 0;
  const placed = files.map((one): Placed => {
    const start = end;
    const headerBytes = tarHeader(one.name, one.bytes).length;
    end += headerBytes + one.bytes + paddingOf(one.bytes);
    return { ...one, start, headerBytes };
  });

  const read = async (offset: number, length: number): Promise<Buffer<ArrayBuffer>> => {
    const target = Buffer.alloc(length);
    let rested = performance.now();
    for (let at = lastBefore(placed, offset); at < placed.length; at++) {
      const entry = placed[at];
      if (entry === undefined || entry.start >= offset + length) break;
      const contents = entry.start + entry.headerBytes;
      if (offset < contents) tarHeader(entry.name, entry.bytes).copy(target, Math.max(0, entry.start - offset), Math.max(0, offset - entry.start));
      const [from, to] = [Math.max(offset, contents), Math.min(offset + length, contents + entry.bytes)];
      if (from >= to) continue;
      const part = target.subarray(from - offset, to - offset);
      if (part.length > smallBytes) (await readPart(path.join(folder, entry.name), entry, from - contents, part.length)).copy(part);
      else readSmall(path.join(folder, entry.name), entry, from - contents, part);
      if (performance.now() - rested < restMilliseconds) continue;
      await breathe();
      rested = performance.now();
    }
    return target;
  };
  return { fileName: `${path.basename(path.resolve(folder)) || 'folder'}.tar`, bytes: end + tarEndBytes, read, close: () => Promise.resolve(), files: files.length, leftOut };
}

/** Index of the last entry that begins at or before an offset. */
function lastBefore(placed: readonly Placed[], offset: number): number {
  let [low, high] = [0, placed.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((placed[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Without a detour over other threads, which costs five times as much as the read itself: there may be a million of these. */
function readSmall(file: string, { bytes, mtimeMs }: Placed, offset: number, target: Uint8Array): void {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    throw changed(file);
  }
  try {
    const now = fstatSync(handle);
    if (now.size !== bytes || now.mtimeMs !== mtimeMs) throw changed(file);
    for (let done = 0; done < target.length; ) {
      const count = readSync(handle, target, done, target.length - done, offset + done);
      if (count === 0) throw changed(file);
      done += count;
    }
  } finally {
    closeSync(handle);
  }
}

async function readPart(file: string, { bytes, mtimeMs }: Placed, offset: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const handle = await open(file).catch(() => {
    throw changed(file);
  });
  try {
    const now = await handle.stat();
    if (now.size !== bytes || now.mtimeMs !== mtimeMs) throw changed(file);
    return await readExactly(handle, offset, length, file);
  } finally {
    await handle.close();
  }
}
