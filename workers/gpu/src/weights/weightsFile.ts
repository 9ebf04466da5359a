import { readExactly } from '@thaw/formats/readExactly';
import { WeightsError } from './weightsError.ts';

/** An open weights file of whatever format. */
export interface WeightsFile {
  readonly path: string;
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Bytes `start`..`start + length` in a buffer of their own.
 * @param what names the bytes in the error
 * @throws WeightsError where they do not lie inside the file
 */
export function readRange({ path, fd, size }: WeightsFile, start: number, length: number, what: string): Uint8Array<ArrayBuffer> {
  if (!(start >= 0 && length >= 0 && start + length <= size))
    throw new WeightsError(`${what} of ${path} should take ${length} bytes from byte ${start} on, but the file has ${size}; it is cut short or damaged.`);
  const bytes = new Uint8Array(length);
  readExactly(fd, bytes, start, path);
  return bytes;
}
