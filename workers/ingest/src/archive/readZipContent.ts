import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync, zstdDecompress } from 'node:zlib';
import type { IngestLimits } from '@thaw/contract/ingest';
import { Quarantined } from '@thaw/pictures/quarantined';
import type { UnpackMeter } from './unpackMeter.ts';
import type { WindowedFile } from './windowedFile.ts';
import type { ZipEntry } from './zipDirectory.ts';

const localSignature = 0x04034b50;
const localBytes = 30;
/** So little is inflated faster here than handed to a thread; it becomes 64 MB at most. */
const syncBytes = 64 * 1024;

const inflateInThread = promisify(inflateRaw);
const zstdInThread = promisify(zstdDecompress);
const otherMethods: ReadonlyMap<number, string> = new Map([[1, 'Shrink'], [6, 'Implode'], [9, 'Deflate64'], [12, 'bzip2'], [14, 'LZMA'], [95, 'xz'], [98, 'PPMd'], [99, 'AES']]);

/**
 * The content of an entry: unpacked up to what is allowed, whatever its size is said to be, and its checksum verified.
 * @param end where the entries end, in bytes of the file
 * @throws Quarantined, or IngestError when the whole archive unpacks to too much
 */
export async function readZipContent(file: WindowedFile, entry: ZipEntry, end: number, limits: IngestLimits, meter: UnpackMeter): Promise<Uint8Array> {
  const { headerOffset, packedBytes, method } = entry;
  const local = await file.read(headerOffset, localBytes);
  if (local === null || local.readUInt32LE(0) !== localSignature) throw new Quarantined('entry_unreadable', 'It does not begin where the zip says.');
  const start = headerOffset + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + packedBytes > end) throw new Quarantined('entry_unreadable', 'It reaches beyond the end of the zip.');
  if (packedBytes > limits.entryBytes) throw new Quarantined('too_large', `${limits.entryBytes} bytes are allowed.`, { limit: limits.entryBytes });
  const packed = await file.read(start, packedBytes);
  if (packed === null) throw new Quarantined('entry_unreadable', 'The zip ends before it.');
  const content = await unpack(packed, method, limits, meter);
  if (content.length !== entry.bytes) throw new Quarantined('entry_unreadable', `It has ${content.length} bytes where the zip says ${entry.bytes}.`);
  if (crc32(content) !== entry.crc) throw new Quarantined('entry_unreadable', 'Its checksum is wrong.');
  return content;
}

async function unpack(packed: Buffer, method: number, limits: IngestLimits, meter: UnpackMeter): Promise<Buffer> {
  if (method === 0) {
    meter.add(packed.length);
    return packed;
  }
  if (method !== 8 && method !== 93)
    throw new Quarantined('entry_unreadable', `It is packed by ${otherMethods.get(method) ?? `method ${method}`}; pack with Deflate, which every program offers.`);
  const maxOutputLength = Math.max(1, Math.min(limits.entryBytes, meter.room()));
  try {
    const options = { maxOutputLength };
    const content = method === 93 ? await zstdInThread(packed, options) : packed.length <= syncBytes ? inflateRawSync(packed, options) : await inflateInThread(packed, options);
    meter.add(content.length);
    return content;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'ERR_BUFFER_TOO_LARGE') throw new Quarantined('entry_unreadable', 'Its compressed data is damaged.');
    meter.add(maxOutputLength + 1);
    throw new Quarantined('too_large', `${limits.entryBytes} bytes are allowed.`, { limit: limits.entryBytes });
  }
}
