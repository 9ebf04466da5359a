import { createHash } from 'node:crypto';
import type { ByteSource } from './byteSource.ts';

const chunkBytes = 4 * 2 ** 20;

/** SHA-256 of a whole source in hex, reading one chunk ahead. `onBytes` is told how many were read so far. */
export async function hashSource(source: ByteSource, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const readAt = (offset: number): Promise<Buffer> => source.read(offset, Math.min(chunkBytes, source.bytes - offset));
  let next = readAt(0);
  for (let offset = 0; offset < source.bytes; ) {
    const chunk = await next;
    offset += chunk.length;
    if (offset < source.bytes) next = readAt(offset);
    // A failure of the read ahead is thrown where it is awaited; until then it must not count as unhandled.
    next.catch(() => undefined);
    signal.throwIfAborted();
    hash.update(chunk);
    onBytes(offset);
  }
  return hash.digest('hex');
}
