import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../stack/stackError.ts';
import type { ByteSource } from './byteSource.ts';
import { looksLikeArchive } from './looksLikeArchive.ts';

const sniffedBytes = 512;

/** An archive as it lies on the disk. @throws UsageError where it is none, empty or unreadable */
export async function archiveSource(file: string): Promise<ByteSource> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code ?? error.message}). Check its permissions.`);
  });
  try {
    const { size, mtimeMs } = await handle.stat();
    const refusal = looksLikeArchive(await readExactly(handle, 0, Math.min(size, sniffedBytes), file));
    if (refusal !== null) throw new UsageError(`${file} ${refusal}`);
    const read = async (offset: number, length: number): Promise<Buffer<ArrayBuffer>> => {
      const now = await handle.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw changed(file);
      return readExactly(handle, offset, length, file);
    };
    return { fileName: path.basename(file), bytes: size, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export const changed = (file: string): UsageError => new UsageError(`${file} has changed since the upload began. Leave it alone until the upload is done, and run the command again.`);

/** @throws UsageError where the file ends too early */
export async function readExactly(handle: FileHandle, offset: number, length: number, file: string): Promise<Buffer<ArrayBuffer>> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw changed(file);
    done += bytesRead;
  }
  return buffer;
}
