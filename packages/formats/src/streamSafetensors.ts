import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buildHeader, byteLengthOf, orderTensors, type TensorPlan } from './safetensorsLayout.ts';
import { syncFolder } from './syncFolder.ts';
import type { WrittenFile } from './writeSafetensors.ts';

/** A tensor whose bytes come piece by piece. */
export interface TensorStream extends TensorPlan {
  data: () => AsyncIterable<Uint8Array>;
}

/**
 * What writeSafetensors does, for files that take long: the process does other things between the pieces.
 * @throws the reason of `signal`, between two pieces; nothing is left then
 */
export async function streamSafetensors(path: string, tensors: Iterable<TensorStream>, signal?: AbortSignal): Promise<WrittenFile> {
  const ordered = orderTensors(tensors);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const hash = createHash('sha256');
  let bytes = 0;
  const put = async (handle: FileHandle, chunk: Uint8Array): Promise<void> => {
    signal?.throwIfAborted();
    hash.update(chunk);
    for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
    bytes += chunk.length;
  };
  try {
    const handle = await open(temporary, 'wx');
    try {
      await put(handle, buildHeader(ordered, {}));
      for (const { name, dtype, shape, data } of ordered) {
        const expected = byteLengthOf(name, dtype, shape);
        const start = bytes;
        for await (const piece of data()) {
          if (bytes + piece.length - start > expected) throw new RangeError(`tensor ${name} needs ${expected} bytes for its shape [${shape.join(', ')}], but its data has more`);
          await put(handle, piece);
        }
        if (bytes - start !== expected) throw new RangeError(`tensor ${name} needs ${expected} bytes for its shape [${shape.join(', ')}], but its data has ${bytes - start}`);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
  return { bytes, sha256: hash.digest('hex') };
}
