import { readSync } from 'node:fs';
import { FormatError } from './formatError.ts';

/** One pread gives at most 2 GiB; larger reads are made of pieces of this size. */
const pieceBytes = 2 ** 30;

/**
 * Fills all of `into` from the open file, beginning at byte `position`.
 * @param what names the file in the error
 * @throws FormatError where the file ends before
 */
export function readExactly(fd: number, into: Uint8Array, position: number, what: string): void {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, Math.min(into.length - done, pieceBytes), position + done);
    if (count === 0) throw new FormatError(`${what} ends at byte ${position + done}, in the middle of its data; fetch or write it again.`);
    done += count;
  }
}
