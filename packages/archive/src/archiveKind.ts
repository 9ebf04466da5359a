const startsWith = (head: Uint8Array, ...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);

/** Kinds that people send and that are not taken. */
type RefusedKind = 'RAR' | '7z' | 'tar.bz2' | 'tar.xz';
const refused: readonly [name: RefusedKind, ...bytes: number[]][] = [
  ['RAR', 0x52, 0x61, 0x72, 0x21],
  ['7z', 0x37, 0x7a, 0xbc, 0xaf],
  ['tar.bz2', 0x42, 0x5a, 0x68],
  ['tar.xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
];

/**
 * Judges a file by its first 512 bytes before hours are spent on sending it; the ingest judges the whole.
 * @returns `archive` for zip, tar, gzip and zstandard; `empty`, `none`, or the name of a kind that is not taken
 */
export function archiveKind(head: Uint8Array): 'archive' | 'empty' | 'none' | RefusedKind {
  if (head.length === 0) return 'empty';
  if (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6)) return 'archive';
  if (startsWith(head, 0x1f, 0x8b) || startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || isTarHeader(head)) return 'archive';
  return refused.find(([, ...bytes]) => startsWith(head, ...bytes))?.[0] ?? 'none';
}

/** Whether a block carries the checksum of a tar header, of whatever age: the sum of its bytes with the checksum's own as spaces. */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < 512) return false;
  const stated = /^ *([0-7]+)[ \0]/.exec(String.fromCharCode(...block.subarray(148, 156)))?.[1];
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return stated !== undefined && parseInt(stated, 8) === sum;
}
