const startsWith = (head: Uint8Array, ...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);

/** Kinds that people send and that are not taken, with what to do about it. */
const refused: readonly [name: string, ...bytes: number[]][] = [
  ['a RAR archive', 0x52, 0x61, 0x72, 0x21],
  ['a 7z archive', 0x37, 0x7a, 0xbc, 0xaf],
  ['a tar.bz2 archive', 0x42, 0x5a, 0x68],
  ['a tar.xz archive', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
];

/**
 * Judges a file by its first 512 bytes before hours are spent on sending it; the ingest judges the whole.
 * @returns null for zip, tar, gzip and zstandard; else how a sentence about the file goes on
 */
export function looksLikeArchive(head: Uint8Array): string | null {
  if (head.length === 0) return 'is empty. Name an archive or a folder with one folder of images for each class.';
  if (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6)) return null;
  if (startsWith(head, 0x1f, 0x8b) || startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || isTarHeader(head)) return null;
  const known = refused.find(([, ...bytes]) => startsWith(head, ...bytes));
  if (known !== undefined) return `is ${known[0]}, which is not supported. Pack the folder as zip, tar, tar.gz or tar.zst, or name the folder itself.`;
  return 'is not an archive. Name a zip, tar, tar.gz or tar.zst file, or a folder with one folder of images for each class.';
}

/** Whether a block carries the checksum of a tar header, of whatever age: the sum of its bytes with the checksum's own as spaces. */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < 512) return false;
  const stated = /^ *([0-7]+)[ \0]/.exec(Buffer.from(block.subarray(148, 156)).toString('latin1'))?.[1];
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return stated !== undefined && parseInt(stated, 8) === sum;
}
