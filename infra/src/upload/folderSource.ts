import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { tarLayout, tarPieces } from '@thaw/archive/tarLayout';
import { UsageError } from '../stack/stackError.ts';
import { changed, readExactly } from './archiveSource.ts';
import type { ByteSource } from './byteSource.ts';
import { listFolder, type ListedFile } from './listFolder.ts';

const smallBytes = 256 * 1024;
/** So long small files are read before others (the network, Ctrl-C) get a turn. */
const restMilliseconds = 20;

/**
 * A folder as the tar archive that it would make. No copy is written: any part is made anew from the files whenever it is read, and
 * is the same each time, since names are in a fixed order and times and owners are left out.
 * @throws UsageError where nothing is in it
 */
export async function folderSource(folder: string): Promise<ByteSource & { files: number; leftOut: number }> {
  const { files, leftOut } = await listFolder(folder);
  if (files.every(({ name }) => name.endsWith('/'))) throw new UsageError(`${folder} holds no files. Name a folder with one folder of images for each class.`);
  const layout = tarLayout(files);

  const read = async (offset: number, length: number): Promise<Buffer<ArrayBuffer>> => {
    const target = Buffer.alloc(length);
    let rested = performance.now();
    let at = 0;
    for (const piece of tarPieces(layout, offset, offset + length)) {
      if (piece.kind === 'padding') at += piece.length;
      else if (piece.kind === 'header') {
        target.set(piece.bytes, at);
        at += piece.bytes.length;
      } else {
        const { file, from, to } = piece;
        const part = target.subarray(at, at + to - from);
        if (part.length > smallBytes) (await readPart(path.join(folder, file.name), file, from, part.length)).copy(part);
        else readSmall(path.join(folder, file.name), file, from, part);
        at += part.length;
      }
      if (performance.now() - rested < restMilliseconds) continue;
      await breathe();
      rested = performance.now();
    }
    return target;
  };
  return { fileName: `${path.basename(path.resolve(folder)) || 'folder'}.tar`, bytes: layout.bytes, read, close: () => Promise.resolve(), files: files.length, leftOut };
}

/** Without a detour over other threads, which costs five times as much as the read itself: there may be a million of these. */
function readSmall(file: string, { bytes, mtimeMs }: ListedFile, offset: number, target: Uint8Array): void {
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

async function readPart(file: string, { bytes, mtimeMs }: ListedFile, offset: number, length: number): Promise<Buffer<ArrayBuffer>> {
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
