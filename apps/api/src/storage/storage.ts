import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { allowBrowsers } from './allowBrowsers.ts';
import { inParallel } from './inParallel.ts';
import { openListing, type Listing } from './listing.ts';
import { openMultipart, type Multipart } from './multipart.ts';
import { presignedAddresses, type PresignedAddresses } from './presignedAddresses.ts';
import { reach } from './reach.ts';
import { openObjectReads, type ObjectReads } from './readObject.ts';

export interface StorageSettings {
  endpoint: string;
  /** Address of the same storage for people (browsers, command lines) and for workers elsewhere, where that is another one. */
  publicEndpoint?: string | undefined;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Seconds for which a presigned address works: long enough to begin a transfer of the largest file, never longer than a day. */
const presignSeconds = { worker: 3600, download: 300, upload: 3600 } as const;

/** The bucket. What cannot be reached is `unavailable`; the reason stays in the cause, for the log only. */
export interface Storage extends Multipart, ObjectReads, Listing, PresignedAddresses {
  /** The same for workers that do not reach it by the address that this process does: theirs are signed with the one for people. */
  elsewhere: Storage;
  /** Address for a person, `s3://bucket/key`. */
  uri: (key: string) => string;
  /** Size in bytes, or null where there is no such object. */
  size: (key: string) => Promise<number | null>;
  putFile: (key: string, path: string) => Promise<void>;
  putText: (key: string, text: string, contentType: string) => Promise<void>;
  putBytes: (key: string, bytes: Uint8Array, contentType: string) => Promise<void>;
  copy: (from: string, to: string) => Promise<void>;
  remove: (keys: readonly string[]) => Promise<void>;
  removePrefix: (prefix: string) => Promise<void>;
  /** Throws while the bucket cannot be reached. */
  check: () => Promise<void>;
  /** Has the storage answer browsers that come from other pages. */
  allowBrowsers: () => Promise<void>;
  close: () => void;
}

/** @param seconds for which addresses work, where it is not the usual time */
export function openStorage(
  { endpoint, publicEndpoint, region, bucket, accessKeyId, secretAccessKey }: StorageSettings,
  seconds: Partial<Record<keyof typeof presignSeconds, number>> = {},
): Storage {
  const valid = { ...presignSeconds, ...seconds };
  const clientAt = (address: string) =>
    new S3Client({
      endpoint: address,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      // The default checksums are refused by S3-compatible servers and break presigned uploads.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 5,
      requestHandler: { connectionTimeout: 3000, socketTimeout: 30_000 },
    });
  const client = clientAt(endpoint);
  // It sends nothing: it signs addresses, and a signature is for one host.
  const forPeople = publicEndpoint === undefined ? client : clientAt(publicEndpoint);
  const signers = {
    worker: { client, seconds: valid.worker },
    download: { client: forPeople, seconds: valid.download },
    upload: { client: forPeople, seconds: valid.upload },
  };
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const remove = (keys: readonly string[]) =>
    inParallel(keys, 8, (key) => reach(() => client.send(new DeleteObjectCommand(at(key)))));

  const put = (key: string, content: string | Uint8Array, contentType: string) =>
    reach(async () => void (await client.send(new PutObjectCommand({ ...at(key), Body: content, ContentType: contentType }))));

  const storage: Omit<Storage, 'elsewhere'> = {
    ...openMultipart(client, bucket),
    ...openObjectReads(client, bucket),
    ...openListing(client, bucket),
    ...presignedAddresses(bucket, signers),
    uri: (key) => `s3://${bucket}/${key}`,
    size: (key) =>
      reach(async () => {
        try {
          return (await client.send(new HeadObjectCommand(at(key)))).ContentLength ?? 0;
        } catch (error) {
          if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null;
          throw error;
        }
      }),
    putFile: async (key, path) => {
      const { size } = await stat(path);
      await reach(() => client.send(new PutObjectCommand({ ...at(key), Body: createReadStream(path), ContentLength: size })));
    },
    putText: put,
    putBytes: put,
    copy: (from, to) =>
      reach(async () => void (await client.send(new CopyObjectCommand({ ...at(to), CopySource: `${bucket}/${encodeURI(from)}` })))),
    remove,
    removePrefix: async (prefix) => {
      for (;;) {
        const listed = await reach(() => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix })));
        const keys = (listed.Contents ?? []).flatMap(({ Key }) => Key ?? []);
        await remove(keys);
        if (keys.length === 0 || listed.IsTruncated !== true) return;
      }
    },
    check: () => reach(async () => void (await client.send(new HeadBucketCommand({ Bucket: bucket })))),
    allowBrowsers: () => reach(() => allowBrowsers(client, bucket)),
    close: () => {
      client.destroy();
      if (forPeople !== client) forPeople.destroy();
    },
  };
  const elsewhere: Storage = {
    ...storage,
    ...presignedAddresses(bucket, { ...signers, worker: { ...signers.worker, client: forPeople } }),
    get elsewhere() {
      return elsewhere;
    },
  };
  return { ...storage, elsewhere };
}
