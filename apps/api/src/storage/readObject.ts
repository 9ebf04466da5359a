import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { reach } from './reach.ts';

/** Reading objects through this process; large ones go by presigned addresses instead. */
export interface ObjectReads {
  /** SHA-256 of what the storage gives back, hex; in flat memory, at the speed of the storage. */
  hash: (key: string) => Promise<string>;
  /** Writes an object into a new file; its SHA-256, hex. */
  save: (key: string, path: string) => Promise<string>;
  /** Bytes `offset` to `offset + bytes` of an object. */
  readRange: (key: string, offset: number, bytes: number) => Promise<Buffer>;
}

export function openObjectReads(client: S3Client, bucket: string): ObjectReads {
  const open = async (key: string, range?: string): Promise<Readable> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(range !== undefined && { Range: range }) }));
    if (Body === undefined) throw new Error('The storage answered without a body.');
    return Body as Readable;
  };
  return {
    hash: (key) =>
      reach(async () => {
        const hash = createHash('sha256');
        for await (const chunk of await open(key)) hash.update(chunk as Uint8Array);
        return hash.digest('hex');
      }),
    save: (key, path) =>
      reach(async () => {
        const hash = createHash('sha256');
        const hashing = async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        };
        await pipeline(await open(key), hashing, createWriteStream(path, { mode: 0o600 }));
        return hash.digest('hex');
      }),
    readRange: (key, offset, bytes) =>
      reach(async () => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        for await (const chunk of await open(key, `bytes=${offset}-${offset + bytes - 1}`)) {
          chunks.push(chunk as Uint8Array);
          size += (chunk as Uint8Array).length;
          if (size > bytes) break;
        }
        if (size !== bytes) throw new Error(`The storage gave ${size} bytes of ${key} instead of ${bytes}.`);
        return Buffer.concat(chunks);
      }),
  };
}
