import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { UsageError } from '../stack/stackError.ts';
import type { PackedFile } from './manifest.ts';

/** PostgreSQL sends a row at a time; each piece costs the packer a turn in another thread. */
const pieceBytes = 256 * 1024;
const newline = 0x0a;

/** Packs lines of text into a new file, for its owner alone and flushed to the disk. */
export async function packFile(source: Readable, file: string, signal: AbortSignal): Promise<PackedFile> {
  const hash = createHash('sha256');
  const size = { bytes: 0, textBytes: 0, lines: 0 };
  async function* pieces(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let held: Buffer[] = [];
    let heldBytes = 0;
    for await (const row of rows) {
      for (let at = row.indexOf(newline); at !== -1; at = row.indexOf(newline, at + 1)) size.lines++;
      size.textBytes += row.length;
      held.push(row);
      heldBytes += row.length;
      if (heldBytes < pieceBytes) continue;
      yield Buffer.concat(held);
      [held, heldBytes] = [[], 0];
    }
    if (heldBytes > 0) yield Buffer.concat(held);
  }
  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size.bytes += chunk.length;
      yield chunk;
    }
  }
  await pipeline(source, pieces, createZstdCompress(), hashed, createWriteStream(file, { mode: 0o600, flags: 'wx', flush: true }), { signal });
  return { ...size, sha256: hash.digest('hex') };
}

/** What is in a packed file, never more than was promised. @throws UsageError for another content */
export async function* unpackFile(file: string, { textBytes }: PackedFile): AsyncGenerator<Buffer> {
  const unpacked = createReadStream(file).pipe(createZstdDecompress());
  let seen = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      seen += chunk.length;
      if (seen > textBytes) break;
      yield chunk;
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be unpacked: ${(error as Error).message}.`);
  }
  if (seen !== textBytes) throw new UsageError(`${file} holds other than the ${textBytes} bytes that its manifest promises.`);
}
