import type { FileHandle } from 'node:fs/promises';

const windowBytes = 2 ** 20;

/** Reads in order of an open file: small ones that follow each other cost one read a megabyte. */
export interface WindowedFile {
  readonly bytes: number;
  /** End of what was read furthest. */
  readonly position: number;
  /** Null where the file ends before. The bytes are a view that stays valid. */
  read(offset: number, length: number): Promise<Buffer | null>;
}

export function windowed(handle: FileHandle, bytes: number): WindowedFile {
  let window = Buffer.alloc(0);
  let start = 0;
  let position = 0;
  return {
    bytes,
    get position() {
      return position;
    },
    read: async (offset, length) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes)) return null;
      if (offset < start || offset + length > start + window.length) {
        // Large contents are read alone and leave the window as it is.
        const size = Math.min(bytes - offset, Math.max(length, windowBytes));
        const buffer = Buffer.allocUnsafeSlow(size);
        let done = 0;
        while (done < size) {
          const { bytesRead } = await handle.read(buffer, done, size - done, offset + done);
          if (bytesRead === 0) return null;
          done += bytesRead;
        }
        window = buffer;
        start = offset;
      }
      position = Math.max(position, offset + length);
      return window.subarray(offset - start, offset - start + length);
    },
  };
}
