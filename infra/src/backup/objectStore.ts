import { GetObjectCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3';
import { retry } from '@thaw/worker-agent/retry';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { storageClient, type Storage } from '../stack/objectStorage.ts';

/** Transfers at the same time. */
export const lanes = 4;
const tries = 6;

export interface Bucket {
  client: S3Client;
  name: string;
}

const nothing = (): void => undefined;
/** What fails is tried again here, and told once: the client would tell it each time. */
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const openBucket = (storage: Storage): Bucket => ({
  client: storageClient(storage, { requestHandler: { connectionTimeout: 3000, socketTimeout: 60_000 }, logger: quiet }),
  name: storage.bucket,
});

export const isMissing = (error: unknown): boolean => error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;

/** Repeats a request while the storage is away for a moment. @throws the last error, or the signal's reason */
export function patiently<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let failures = 0;
  const final = (error: unknown): boolean => error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500 && error.$metadata.httpStatusCode !== 429;
  return retry(request, { signal, backoff: { firstMs: 300, maxMs: 5000 }, retryable: (error) => !final(error) && ++failures < tries });
}

/** Fetches an object into a new file, flushed to the disk. Null where there is none. `onBytes` is told of each piece; of those of a broken try, taken back. */
export async function fetchObject({ client, name }: Bucket, key: string, file: string, { signal, onBytes }: { signal: AbortSignal; onBytes: (more: number) => void }): Promise<{ bytes: number; sha256: string } | null> {
  const once = async (): Promise<{ bytes: number; sha256: string }> => {
    const hash = createHash('sha256');
    let bytes = 0;
    async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        onBytes(chunk.length);
        yield chunk;
      }
    }
    try {
      const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }), { abortSignal: signal });
      await pipeline(Body as Readable, counted, createWriteStream(file, { mode: 0o600, flush: true }), { signal });
      if (ContentLength !== undefined && bytes !== ContentLength) throw new Error(`${bytes} bytes of ${key} came instead of ${ContentLength}.`);
      return { bytes, sha256: hash.digest('hex') };
    } catch (error) {
      onBytes(-bytes);
      throw error;
    }
  };
  try {
    return await patiently(once, signal);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
