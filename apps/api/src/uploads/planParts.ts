const mebibyte = 2 ** 20;
/** The storage refuses parts below 5 MiB (but for the last), more than 10,000 of them, and lists 1,000 at a time. */
const smallest = 8 * mebibyte;
const most = 1000;

/** Size of the parts of a file, in bytes: at most 1,000 parts, of 8 MiB or more. */
export const planPartBytes = (bytes: number): number => Math.max(smallest, Math.ceil(bytes / most / mebibyte) * mebibyte);

export interface PlannedFile {
  bytes: number;
  partBytes: number;
}

export const countParts = ({ bytes, partBytes }: PlannedFile): number => Math.ceil(bytes / partBytes);

/** Where a part lies in the file. Parts are numbered from 1. */
export function placeOfPart({ bytes, partBytes }: PlannedFile, part: number): { offset: number; bytes: number } {
  const offset = (part - 1) * partBytes;
  return { offset, bytes: Math.min(partBytes, bytes - offset) };
}

/** Numbers of the parts that are not there, or not with the size that they must have, rising. */
export function missingParts(file: PlannedFile, stored: readonly { part: number; bytes: number }[]): number[] {
  const sizes = new Map(stored.map(({ part, bytes }) => [part, bytes]));
  return Array.from({ length: countParts(file) }, (_, index) => index + 1).filter((part) => sizes.get(part) !== placeOfPart(file, part).bytes);
}
