import { createReadStream, type ReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { IngestLimits } from '@thaw/contract/ingest';
import { extract, type Extract } from 'tar-stream';
import { IngestError } from '../ingestError.ts';
import { Quarantined } from '@thaw/pictures/quarantined';
import type { Archive, ArchiveEntry, EntryKind } from './archive.ts';
import { createUnpackMeter, type UnpackMeter } from './unpackMeter.ts';
import { unpackZstd } from './unpackZstd.ts';

type TarFormat = Exclude<Archive['format'], 'zip'>;
type TarEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

const kinds: ReadonlyMap<string, EntryKind> = new Map([
  ['file', 'file'],
  ['contiguous-file', 'file'],
  ['directory', 'directory'],
  ['symlink', 'link'],
  ['link', 'link'],
]);

/** Names stay bytes until it is known what encoding all of them have. */
const extractOptions = { filenameEncoding: 'latin1', allowUnknownFormat: true };

/**
 * A tar file, also in gzip or zstd: ustar, pax, and GNU's long names. Every pass reads it from its beginning to its end.
 * @throws IngestError from a pass where the file is damaged, cut off, or unpacks to too much
 */
export function openTar(path: string, handle: FileHandle, bytes: number, format: TarFormat, limits: IngestLimits): Archive {
  let bytesRead = 0;
  return {
    format,
    bytes,
    get bytesRead() {
      return bytesRead;
    },
    entries: async function* () {
      const meter = createUnpackMeter(limits, bytes);
      bytesRead = 0;
      const source = createReadStream(path, { highWaterMark: 2 ** 18 });
      source.on('data', (chunk) => (bytesRead += chunk.length));
      const unpacked = unpackTar(source, format);
      const tar = extract(extractOptions as object);
      let failure: Error | null = null;
      void feed(unpacked, tar, meter).catch((error: Error) => {
        failure = error;
        tar.destroy(error);
      });
      const explained = (error: unknown): Error => explain(failure ?? (error as Error), format);
      try {
        for await (const entry of tar) {
          meter.addEntry();
          yield describe(entry, limits, explained);
          entry.resume();
        }
        if (failure !== null) throw failure as Error;
      } catch (error) {
        throw explained(error);
      } finally {
        source.destroy();
        tar.destroy();
      }
    },
    close: () => handle.close(),
  };
}

/** What is in a tar, tar.gz or tar.zst, piece by piece. */
export function unpackTar(source: ReadStream, format: TarFormat): AsyncIterable<Uint8Array> {
  if (format === 'tar.zst') return unpackZstd(source);
  if (format === 'tar') return source as AsyncIterable<Buffer>;
  const unpacked = source.pipe(createGunzip({ chunkSize: 2 ** 16 }));
  source.on('error', (error) => unpacked.destroy(error));
  return unpacked as AsyncIterable<Buffer>;
}

/** Hands on what comes out until it is more than is allowed. */
async function feed(unpacked: AsyncIterable<Uint8Array>, tar: Extract, meter: UnpackMeter): Promise<void> {
  let wake = (): void => {};
  for (const event of ['drain', 'close'] as const) tar.on(event, () => wake());
  for await (const chunk of unpacked) {
    meter.add(chunk.length);
    if (tar.destroyed) return;
    if (tar.write(chunk) === false && !tar.destroyed) await new Promise<void>((resolve) => (wake = resolve));
  }
  tar.end(null);
}

function describe(entry: TarEntry, limits: IngestLimits, explained: (error: unknown) => Error): ArchiveEntry {
  const { name, type, size, pax } = entry.header;
  const utf8 = typeof pax === 'object' && pax !== null && 'path' in pax;
  const kind = kinds.get(type) ?? 'special';
  return {
    name: { bytes: utf8 ? Buffer.from(name, 'utf8').toString('latin1') : name, utf8 },
    // Old tars mark a folder by its name alone.
    kind: kind === 'file' && name.endsWith('/') ? 'directory' : kind,
    bytes: size,
    read: async () => {
      if (size > limits.entryBytes) throw new Quarantined('too_large', `${limits.entryBytes} bytes are allowed.`, { limit: limits.entryBytes });
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
      } catch (error) {
        throw explained(error);
      }
      return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    },
  };
}

/** Errors of zlib and of tar-stream are the file's fault; others (of the disk, of this program) are not. */
function explain(error: Error, format: TarFormat): Error {
  if (error instanceof IngestError) return error;
  const code = 'code' in error ? String(error.code) : '';
  const cut = code === 'Z_BUF_ERROR' || /end of (data|file)/i.test(error.message);
  if (!cut && !/^(Z_|ZSTD_)/.test(code) && !/tar header|Header exceeds|Invalid header/i.test(error.message)) return error;
  const what = cut ? 'ends too early: it was cut off, perhaps while it was copied' : `is damaged (${error.message})`;
  return new IngestError('invalid_archive', `The ${format} ${what}. Pack it again and upload it once more.`, { cause: error });
}
