import type { FileHandle } from 'node:fs/promises';
import type { IngestLimits } from '@thaw/contract/ingest';
import { IngestError } from '../ingestError.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { quotedName } from './decodeNames.ts';
import { readZipContent } from './readZipContent.ts';
import { createUnpackMeter } from './unpackMeter.ts';
import { windowed, type WindowedFile } from './windowedFile.ts';
import { readZipDirectory } from './zipDirectory.ts';
import { findZipDirectory, type ZipDirectoryPlace } from './zipEnd.ts';

/**
 * A zip file (APPNOTE 6.3, with zip64), whose directory is checked as a whole before anything is unpacked. Written here because
 * a file is not to be trusted: yauzl 3.4 ends the process on a zip64 offset beyond 2^53.
 * @throws IngestError
 */
export async function openZip(handle: FileHandle, bytes: number, limits: IngestLimits): Promise<Archive> {
  const directory = windowed(handle, bytes);
  const place = await findZipDirectory(directory);
  await checkDirectory(directory, place, limits);
  let reads = windowed(handle, bytes);
  return {
    format: 'zip',
    bytes,
    get bytesRead() {
      return reads.position;
    },
    entries: async function* () {
      const meter = createUnpackMeter(limits, bytes);
      reads = windowed(handle, bytes);
      for await (const entry of readZipDirectory(directory, place)) {
        const { name, kind } = entry;
        yield { name, kind, bytes: entry.bytes, read: () => readZipContent(reads, entry, place.offset, limits, meter) } satisfies ArchiveEntry;
      }
    },
    close: () => handle.close(),
  };
}

/**
 * Encrypted entries, too many, too much by their own words, and entries that share bytes (by which a small file unpacks to
 * petabytes) are refused before any work.
 */
async function checkDirectory(file: WindowedFile, place: ZipDirectoryPlace, limits: IngestLimits): Promise<void> {
  const meter = createUnpackMeter(limits, file.bytes);
  const starts: number[] = [];
  const ends: number[] = [];
  for await (const { name, encrypted, packedBytes, bytes, headerOffset } of readZipDirectory(file, place)) {
    if (encrypted)
      throw new IngestError('encrypted_archive', `${quotedName(name.bytes)} is protected by a password, which is not supported. Pack it without one and upload it once more.`);
    meter.addEntry();
    meter.add(bytes);
    starts.push(headerOffset);
    ends.push(headerOffset + 30 + packedBytes);
  }
  const begin = Float64Array.from(starts).sort();
  const end = Float64Array.from(ends).sort();
  // Sorted apart from each other: when the i-th begins, all before it must have ended.
  for (let i = 0; i < end.length; i++)
    if ((end[i] as number) > (begin[i + 1] ?? place.offset))
      throw new IngestError('invalid_archive', 'Entries of the zip overlap, as no packing program makes it. Pack the images again and upload them once more.');
}
