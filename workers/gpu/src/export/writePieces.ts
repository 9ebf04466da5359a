import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Writes a new file and flushes it to the disk. */
export function writePieces(path: string, pieces: Iterable<Uint8Array>): void {
  const fd = openSync(path, 'wx');
  try {
    for (const piece of pieces) for (let done = 0; done < piece.length; ) done += writeSync(fd, piece, done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
