import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { TransferMeter } from '@thaw/archive/transferMeter';
import { createReadStream } from 'node:fs';
import { objectFile } from '../backup/backupFolder.ts';
import type { ObjectEntry } from '../backup/manifest.ts';
import { inLanes, patiently, type Bucket } from '../backup/objectStore.ts';
import type { Screen } from '../demo/screen.ts';
import { showProgress } from '../upload/showProgress.ts';
import { transferLine } from '../upload/transferLine.ts';

/** A file above this goes in parts of this size: a request that breaks is sent again from its beginning. 10,000 parts are the most. */
const usualPartBytes = 128 * 2 ** 20;

type Whole = ObjectEntry & { sha256: string };

/** Puts objects into the storage under their keys. */
export async function putObjects(folder: string, objects: readonly ObjectEntry[], { bucket, screen, signal }: { bucket: Bucket; screen: Screen; signal: AbortSignal }): Promise<{ objects: number; bytes: number }> {
  const whole = objects.filter((entry): entry is Whole => entry.sha256 !== null);
  const total = whole.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = new TransferMeter(total, 0, Date.now());
  const progress = showProgress(screen, (columns) => transferLine(meter, 'restoring', Date.now(), columns));
  try {
    await inLanes(whole, (entry) => putObject(bucket, entry, objectFile(folder, entry.sha256), signal, (more) => meter.set(meter.bytes + more, Date.now())));
  } finally {
    progress.stop();
  }
  return { objects: whole.length, bytes: total };
}

async function putObject({ client, name }: Bucket, { key, bytes }: Whole, file: string, signal: AbortSignal, onBytes: (more: number) => void): Promise<void> {
  const at = { Bucket: name, Key: key };
  const options = { abortSignal: signal };
  if (bytes <= usualPartBytes) {
    await patiently(() => client.send(new PutObjectCommand({ ...at, Body: createReadStream(file), ContentLength: bytes, ContentType: typeOf(key) }), options), signal);
    onBytes(bytes);
    return;
  }
  const partBytes = Math.max(usualPartBytes, Math.ceil(bytes / 10_000));
  const { UploadId } = await patiently(() => client.send(new CreateMultipartUploadCommand({ ...at, ContentType: typeOf(key) }), options), signal);
  const upload = { ...at, UploadId };
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let number = 1, start = 0; start < bytes; number++, start += partBytes) {
      const length = Math.min(partBytes, bytes - start);
      const body = () => createReadStream(file, { start, end: start + length - 1 });
      const { ETag } = await patiently(() => client.send(new UploadPartCommand({ ...upload, PartNumber: number, Body: body(), ContentLength: length }), options), signal);
      parts.push({ PartNumber: number, ETag });
      onBytes(length);
    }
    await patiently(() => client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }), options), signal);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

const typeOf = (key: string): string => (key.endsWith('.json') ? 'application/json' : key.endsWith('.png') ? 'image/png' : 'application/octet-stream');
