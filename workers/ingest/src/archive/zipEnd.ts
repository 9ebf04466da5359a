import { IngestError } from '../ingestError.ts';
import type { WindowedFile } from './windowedFile.ts';

/** Where the central directory of a zip lies (APPNOTE 4.3.12 to 4.3.16). */
export interface ZipDirectoryPlace {
  offset: number;
  bytes: number;
  /** To be added to every offset: something stands before the archive, such as a self-extractor. */
  shift: number;
  /** Offsets are cut to 32 bits, as macOS writes archives beyond 4 GB. */
  wrapped: boolean;
}

const endSignature = 0x06054b50;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const locatorSignature = 0x07064b50;
const locatorBytes = 20;
const wideEndSignature = 0x06064b50;
const wideEndBytes = 56;
const wrap = 2 ** 32;

/** @throws IngestError */
export async function findZipDirectory(file: WindowedFile): Promise<ZipDirectoryPlace> {
  const tailBytes = Math.min(file.bytes, endBytes + maxCommentBytes);
  const tail = (await file.read(file.bytes - tailBytes, tailBytes)) ?? Buffer.alloc(0);
  // The comment may hold the signature, too; it is the last one that counts whose comment reaches the end.
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature || at + endBytes + tail.readUInt16LE(at + 20) > tail.length) continue;
    const end = file.bytes - tail.length + at;
    const wide = await findWideEnd(file, end);
    if (wide === null && (tail.readUInt16LE(at + 4) !== tail.readUInt16LE(at + 6) || (tail.readUInt16LE(at + 4) !== 0 && tail.readUInt16LE(at + 4) !== 0xffff)))
      throw new IngestError('invalid_archive', 'The file is one part of a zip that was split. Pack it in one file and upload that.');
    return place(wide ?? { end, bytes: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) }, wide === null);
  }
  throw new IngestError('invalid_archive', 'The zip has no directory at its end: it was cut off, perhaps while it was copied. Pack it again and upload it once more.');
}

interface DirectoryEnd {
  end: number;
  bytes: number;
  offset: number;
}

async function findWideEnd(file: WindowedFile, end: number): Promise<DirectoryEnd | null> {
  const locator = await file.read(end - locatorBytes, locatorBytes);
  if (locator === null || locator.readUInt32LE(0) !== locatorSignature) return null;
  // Right before the locator, unless it carries an extension; then where the locator says.
  for (const at of [end - locatorBytes - wideEndBytes, Number(locator.readBigUInt64LE(8))]) {
    const record = Number.isSafeInteger(at) ? await file.read(at, wideEndBytes) : null;
    if (record === null || record.readUInt32LE(0) !== wideEndSignature) continue;
    return { end: at, bytes: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
  }
  throw damaged();
}

function place({ end, bytes, offset }: DirectoryEnd, narrow: boolean): ZipDirectoryPlace {
  const start = end - bytes;
  if (!(start >= 0 && Number.isSafeInteger(offset) && offset <= start)) throw damaged();
  const wrapped = narrow && start > offset && (start - offset) % wrap === 0;
  return { offset: start, bytes, shift: wrapped ? 0 : start - offset, wrapped };
}

const damaged = (): IngestError => new IngestError('invalid_archive', 'The directory of the zip is not where the file says: it is damaged. Pack it again and upload it once more.');
