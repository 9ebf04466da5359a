import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { inParallel } from '@thaw/api/storage/inParallel';
import { TransferMeter } from '@thaw/archive/transferMeter';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { objectFile } from '../backup/backupFolder.ts';
import type { ObjectEntry } from '../backup/manifest.ts';
import { lanes, patiently, type Bucket } from '../backup/objectStore.ts';
import type { Screen } from '../demo/screen.ts';
import { showProgress } from '../upload/showProgress.ts';
import { transferLine } from '../upload/transferLine.ts';

/** A file above this goes in parts of this size: a request that breaks is sent again from its beginning. 10,000 parts are the most. */
const usualPartBytes = 128 * 2 ** 20;

type Whole = ObjectEntry & { sha256: string };

interface Destination {
  bucket: Bucket;
  screen: Screen;
  signal: AbortSignal;
  partBytes?: number;
}

/** Puts objects into the storage under their keys. */
export async function putObjects(folder: string, objects: readonly ObjectEntry[], { bucket, screen, signal, partBytes = usualPartBytes }: Destination): Promise<void> {
  const whole = objects.filter((entry): entry is Whole => entry.sha256 !== null);
  const total = whole.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = new TransferMeter(total, 0, Date.now());
  const progress = showProgress(screen, (columns) => transferLine(meter, 'restoring', Date.now(), columns));
  try {
    const onBytes = (more: number): void => meter.set(meter.bytes + more, Date.now());
    await inParallel(whole, lanes, (entry) => putObject(bucket, entry, objectFile(folder, entry.sha256), { signal, onBytes, usual: partBytes }));
  } finally {
    progress.stop();
  }
}

interface Sending {
  signal: AbortSignal;
  onBytes: (more: number) => void;
  /** Bytes of a part. */
  usual: number;
}

async function putObject({ client, name }: Bucket, { key, bytes }: Whole, file: string, { signal, onBytes, usual }: Sending): Promise<void> {
  const at = { Bucket: name, Key: key };
  const options = { abortSignal: signal };
  /** Sends a part of the file, from its beginning at each try. */
  const send = <T>(start: number, length: number, request: (body: Readable) => Promise<T>): Promise<T> =>
    patiently(async () => {
      let sent = 0;
      async function* counted(): AsyncGenerator<Buffer> {
        if (length === 0) return;
        for await (const chunk of createReadStream(file, { start, end: start + length - 1, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
          sent += chunk.length;
          onBytes(chunk.length);
          yield chunk;
        }
      }
      try {
        return await request(Readable.from(counted(), { objectMode: false }));
      } catch (error) {
        onBytes(-sent);
        throw error;
      }
    }, signal);
  if (bytes <= usual) {
    await send(0, bytes, (Body) => client.send(new PutObjectCommand({ ...at, Body, ContentLength: bytes, ContentType: typeOf(key) }), options));
    return;
  }
  const partBytes = Math.max(usual, Math.ceil(bytes / 10_000));
  const { UploadId } = await patiently(() => client.send(new CreateMultipartUploadCommand({ ...at, ContentType: typeOf(key) }), options), signal);
  const upload = { ...at, UploadId };
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let number = 1, start = 0; start < bytes; number++, start += partBytes) {
      const length = Math.min(partBytes, bytes - start);
      const { ETag } = await send(start, length, (Body) => client.send(new UploadPartCommand({ ...upload, PartNumber: number, Body, ContentLength: length }), options));
      parts.push({ PartNumber: number, ETag });
    }
    await patiently(() => client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }), options), signal);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

const typeOf = (key: string): string => (key.endsWith('.json') ? 'application/json' : key.endsWith('.png') ? 'image/png' : 'application/octet-stream');
