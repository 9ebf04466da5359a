import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IngestLimits } from '@thaw/contract/ingest';
import { IngestError } from '../ingestError.ts';
import type { Archive } from './archive.ts';
import { openTar, unpackTar } from './openTar.ts';
import { openZip } from './openZip.ts';

/** What people upload that is none of ours, by its first bytes, and what to do about it. */
const others: readonly { magic: string; what: string }[] = [
  { magic: '526172211a07', what: 'a RAR archive' },
  { magic: '377abcaf271c', what: 'a 7z archive' },
  { magic: 'fd377a585a00', what: 'compressed by xz' },
  { magic: '425a68', what: 'compressed by bzip2' },
  { magic: 'ffd8ff', what: 'a single JPEG image' },
  { magic: '89504e47', what: 'a single PNG image' },
  { magic: '25504446', what: 'a PDF' },
];

/**
 * Opens an upload by its content; its name means nothing.
 * @throws IngestError
 */
export async function openArchive(path: string, limits: IngestLimits): Promise<Archive> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = await headOf(handle);
    const magic = head.toString('hex', 0, 8);
    if (/^504b(0304|0506|0708)/.test(magic)) return await openZip(handle, size, limits);
    if (magic.startsWith('1f8b')) return await openPackedTar(path, handle, size, 'tar.gz', limits);
    // Some packers begin with a frame that carries no data.
    if (/^(28b52ffd|5.2a4d18)/.test(magic)) return await openPackedTar(path, handle, size, 'tar.zst', limits);
    if (isTarHeader(head)) return openTar(path, handle, size, 'tar', limits);
    throw notAnArchive(size === 0 ? 'empty' : (others.find((other) => magic.startsWith(other.magic))?.what ?? 'none of these'));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const notAnArchive = (what: string): IngestError =>
  new IngestError('invalid_archive', `Upload a zip, tar, tar.gz or tar.zst with a folder of images for each class; this file is ${what}.`);

async function headOf(handle: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(512);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

async function openPackedTar(path: string, handle: FileHandle, size: number, format: 'tar.gz' | 'tar.zst', limits: IngestLimits): Promise<Archive> {
  if (!isTarHeader(await unpackedHead(path, format))) throw notAnArchive(`compressed by ${format === 'tar.gz' ? 'gzip' : 'zstd'}, but there is no whole tar in it`);
  return openTar(path, handle, size, format, limits);
}

/** The first 512 bytes of what is compressed; fewer where it is damaged or short. */
async function unpackedHead(path: string, format: 'tar.gz' | 'tar.zst'): Promise<Buffer> {
  const source = createReadStream(path);
  let head = Buffer.alloc(0);
  try {
    for await (const chunk of unpackTar(source, format)) {
      head = Buffer.concat([head, chunk]);
      if (head.length >= 512) break;
    }
  } catch {
    return head;
  } finally {
    source.destroy();
  }
  return head.subarray(0, 512);
}

/** A tar header carries the sum of its bytes, its own field taken as spaces. The end of an empty tar is zeros. */
function isTarHeader(head: Buffer): boolean {
  if (head.length < 512) return false;
  let sum = 8 * 0x20;
  head.subarray(0, 512).forEach((byte, index) => {
    if (index < 148 || index >= 156) sum += byte;
  });
  return sum === Number.parseInt(head.toString('latin1', 148, 156).replace(/[\0 ]+/g, ''), 8) || sum === 8 * 0x20;
}
