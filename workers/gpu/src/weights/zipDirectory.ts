import { crc32 } from 'node:zlib';
import { quoted, WeightsError } from './weightsError.ts';
import { readRange, type WeightsFile } from './weightsFile.ts';

/**
 * The part of the zip format (APPNOTE 6.3) that torch.save uses: stored entries, with zip64. Written here because a file is not
 * to be trusted: yauzl 3.4 ends the process on a zip64 offset beyond 2^53.
 */

export interface ZipEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly compression: number;
  readonly crc: number;
  readonly encrypted: boolean;
  readonly headerOffset: number;
}

const endSignature = 0x06054b50;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const zip64LocatorSignature = 0x07064b50;
const zip64LocatorBytes = 20;
const zip64EndSignature = 0x06064b50;
const zip64EndBytes = 56;
const entrySignature = 0x02014b50;
const entryBytes = 46;
const localSignature = 0x04034b50;
const localBytes = 30;
const maxDirectoryBytes = 8 * 2 ** 20;

/**
 * The entries of a zip file by name. Only its directory is read.
 * @throws WeightsError
 */
export function readZipDirectory(file: WeightsFile): Map<string, ZipEntry> {
  const { offset, bytes } = findDirectory(file);
  if (bytes > maxDirectoryBytes) throw new WeightsError(`the zip directory of ${file.path} has ${bytes} bytes; more than ${maxDirectoryBytes} are not accepted.`);
  const directory = Buffer.from(readRange(file, offset, bytes, 'the zip directory').buffer);
  const entries = new Map<string, ZipEntry>();
  for (let position = 0; position < bytes; ) {
    const { entry, end } = parseEntry(directory, position, file);
    if (entries.has(entry.name)) throw new WeightsError(`${file.path} has two zip entries named ${quoted(entry.name)}.`);
    entries.set(entry.name, entry);
    position = end;
  }
  return entries;
}

/**
 * The content of a stored entry, in a buffer of its own, its checksum verified.
 * @throws WeightsError
 */
export function readZipEntry(file: WeightsFile, { name, size, compression, crc, encrypted, headerOffset }: ZipEntry): Uint8Array<ArrayBuffer> {
  const what = `the zip entry ${quoted(name)}`;
  if (compression !== 0 || encrypted)
    throw new WeightsError(`${what} of ${file.path} is ${encrypted ? 'encrypted' : 'compressed'}, which torch.save never does; save the file again with torch.save.`);
  const local = Buffer.from(readRange(file, headerOffset, localBytes, what).buffer);
  if (local.readUInt32LE(0) !== localSignature) throw new WeightsError(`${what} of ${file.path} does not begin where the zip directory says; the file is damaged.`);
  const content = readRange(file, headerOffset + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28), size, what);
  // torch.save writes 0 where it was told not to compute checksums.
  if (crc !== 0 && crc32(content) !== crc) throw new WeightsError(`${what} of ${file.path} has a wrong checksum; the file is damaged, fetch it again.`);
  return content;
}

function findDirectory(file: WeightsFile): { offset: number; bytes: number } {
  const tailBytes = Math.min(file.size, endBytes + maxCommentBytes);
  const tail = Buffer.from(readRange(file, file.size - tailBytes, tailBytes, 'the end').buffer);
  for (let at = tailBytes - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature || at + endBytes + tail.readUInt16LE(at + 20) !== tailBytes) continue;
    const end = file.size - tailBytes + at;
    return findZip64Directory(file, end) ?? { bytes: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
  }
  throw new WeightsError(`${file.path} begins like a zip file, as torch.save writes, but has no zip directory at its end; it is cut short, fetch it again.`);
}

function findZip64Directory(file: WeightsFile, end: number): { offset: number; bytes: number } | undefined {
  if (end < zip64LocatorBytes) return undefined;
  const locator = Buffer.from(readRange(file, end - zip64LocatorBytes, zip64LocatorBytes, 'the zip64 locator').buffer);
  if (locator.readUInt32LE(0) !== zip64LocatorSignature) return undefined;
  const record = Buffer.from(readRange(file, Number(locator.readBigUInt64LE(8)), zip64EndBytes, 'the zip64 directory').buffer);
  if (record.readUInt32LE(0) !== zip64EndSignature) throw new WeightsError(`the zip64 directory of ${file.path} is not where the file says; it is damaged.`);
  return { bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
}

function parseEntry(directory: Buffer, position: number, { path }: WeightsFile): { entry: ZipEntry; end: number } {
  const damaged = (): never => {
    throw new WeightsError(`the zip directory of ${path} is damaged at its byte ${position}; fetch the file again.`);
  };
  if (position + entryBytes > directory.length || directory.readUInt32LE(position) !== entrySignature) return damaged();
  const nameEnd = position + entryBytes + directory.readUInt16LE(position + 28);
  const extraEnd = nameEnd + directory.readUInt16LE(position + 30);
  const end = extraEnd + directory.readUInt16LE(position + 32);
  if (end > directory.length) return damaged();
  const wide = zip64Fields(directory.subarray(nameEnd, extraEnd));
  const field = (at: number): number => {
    const value = directory.readUInt32LE(position + at);
    return value === 0xffffffff ? (wide.shift() ?? damaged()) : value;
  };
  const size = field(24);
  const compressedSize = field(20);
  const compression = directory.readUInt16LE(position + 10);
  if (compression === 0 && size !== compressedSize) return damaged();
  return {
    entry: {
      name: directory.toString('utf8', position + entryBytes, nameEnd),
      size,
      compression,
      crc: directory.readUInt32LE(position + 16),
      encrypted: (directory.readUInt16LE(position + 8) & 1) !== 0,
      headerOffset: field(42),
    },
    end,
  };
}

/** The 64-bit numbers of the zip64 extra field: for each 32-bit field that is all ones, in their order. */
function zip64Fields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = Math.min(at + 4 + extra.readUInt16LE(at + 2), extra.length);
    if (extra.readUInt16LE(at) === 1) return Array.from({ length: Math.floor((end - at - 4) / 8) }, (_, index) => Number(extra.readBigUInt64LE(at + 4 + 8 * index)));
    at = end;
  }
  return [];
}
