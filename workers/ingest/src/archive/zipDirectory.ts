import { IngestError } from '../ingestError.ts';
import type { EntryKind, RawName } from './archive.ts';
import type { WindowedFile } from './windowedFile.ts';
import type { ZipDirectoryPlace } from './zipEnd.ts';

/** An entry as the central directory has it. Sizes are claims. */
export interface ZipEntry {
  name: RawName;
  kind: EntryKind;
  encrypted: boolean;
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  headerOffset: number;
}

const signature = 0x02014b50;
const fixedBytes = 46;
const wrap = 2 ** 32;
const flags = { encrypted: 1, strong: 1 << 6, utf8: 1 << 11, masked: 1 << 13 };

/** The directory's entries, read piece by piece: memory does not grow with their number. @throws IngestError */
export async function* readZipDirectory(file: WindowedFile, place: ZipDirectoryPlace): AsyncGenerator<ZipEntry> {
  const end = place.offset + place.bytes;
  let before = 0;
  for (let at = place.offset; at < end; ) {
    const fixed = await file.read(at, fixedBytes);
    if (fixed === null || fixed.readUInt32LE(0) !== signature) {
      // A digital signature or padding may follow the entries.
      if (fixed !== null && at > place.offset && fixed.readUInt32LE(0) === 0x05054b50) return;
      throw damaged(at);
    }
    const nameBytes = fixed.readUInt16LE(28);
    const extraBytes = fixed.readUInt16LE(30);
    const next = at + fixedBytes + nameBytes + extraBytes + fixed.readUInt16LE(32);
    const rest = next <= end ? await file.read(at + fixedBytes, nameBytes + extraBytes) : null;
    if (rest === null) throw damaged(at);
    const entry = parse(fixed, rest.subarray(0, nameBytes), rest.subarray(nameBytes), () => damaged(at));
    entry.headerOffset += place.shift;
    if (place.wrapped) {
      // Entries stand in their order in the file: one that seems to lie further ahead is 4 GB later.
      while (entry.headerOffset < before) entry.headerOffset += wrap;
      before = entry.headerOffset;
    }
    yield entry;
    at = next;
  }
}

function parse(fixed: Buffer, name: Buffer, extra: Buffer, fail: () => IngestError): ZipEntry {
  const wide = wideFields(extra);
  const field = (at: number): number => {
    const value = fixed.readUInt32LE(at);
    if (value !== 0xffffffff || wide === null) return value;
    const number = wide.shift();
    if (number === undefined || !Number.isSafeInteger(number)) throw fail();
    return number;
  };
  const bits = fixed.readUInt16LE(8);
  const bytes = field(24);
  const packedBytes = field(20);
  const text = name.toString('latin1');
  return {
    name: { bytes: text, utf8: (bits & flags.utf8) !== 0 },
    kind: kindOf(text, bytes, fixed.readUInt8(5), fixed.readUInt32LE(38) >>> 16),
    encrypted: (bits & (flags.encrypted | flags.strong | flags.masked)) !== 0,
    method: fixed.readUInt16LE(10),
    crc: fixed.readUInt32LE(16),
    packedBytes,
    bytes,
    headerOffset: field(42),
  };
}

/** Where Unix or macOS made the entry (3, 19), the upper half of its attributes is the file's mode. */
function kindOf(name: string, bytes: number, madeBy: number, mode: number): EntryKind {
  // Windows' own packer ends folders with a backslash, which is also the second byte of some Chinese characters.
  if (name.endsWith('/') || (name.endsWith('\\') && bytes === 0)) return 'directory';
  const type = madeBy === 3 || madeBy === 19 ? mode & 0o170000 : 0;
  if (type === 0o120000) return 'link';
  return type === 0 || type === 0o100000 ? 'file' : 'special';
}

/** The 64-bit numbers of the zip64 extra field, which stand for the 32-bit fields that are all ones, in their order. */
function wideFields(extra: Buffer): number[] | null {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = Math.min(at + 4 + extra.readUInt16LE(at + 2), extra.length);
    if (extra.readUInt16LE(at) === 1) return Array.from({ length: Math.floor((end - at - 4) / 8) }, (_, index) => Number(extra.readBigUInt64LE(at + 4 + 8 * index)));
    at = end;
  }
  return null;
}

const damaged = (at: number): IngestError =>
  new IngestError('invalid_archive', `The directory of the zip is damaged at byte ${at}. Pack it again and upload it once more.`);
