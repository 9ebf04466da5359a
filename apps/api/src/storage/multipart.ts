import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import { reach } from './reach.ts';

/** A part that the storage has. `etag` as it says it. */
export interface StoredPart {
  part: number;
  bytes: number;
  etag: string;
}

/** An object that arrives in parts, in any order and over days. The storage knows which parts are there; it is asked each time. */
export interface Multipart {
  /** @returns the storage's id of the upload */
  beginMultipart: (key: string) => Promise<string>;
  /** By number; null where there is no such upload: completed, dropped, or cleared away by the storage itself. */
  listParts: (key: string, uploadId: string) => Promise<StoredPart[] | null>;
  /** Makes the object out of the parts. @returns false where there is no such upload */
  completeMultipart: (key: string, uploadId: string, parts: readonly StoredPart[]) => Promise<boolean>;
  /** Drops an upload with its parts; one that is not there is none. */
  dropMultipart: (key: string, uploadId: string) => Promise<void>;
}

export function openMultipart(client: S3Client, bucket: string): Multipart {
  const at = (key: string, uploadId: string) => ({ Bucket: bucket, Key: key, UploadId: uploadId });
  return {
    beginMultipart: (key) =>
      reach(async () => {
        const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
        if (UploadId === undefined) throw new Error('The storage began an upload and gave it no id.');
        return UploadId;
      }),
    listParts: (key, uploadId) =>
      reach(async () => {
        const listed: ListedPart[] = [];
        for (let marker: string | undefined; ; ) {
          const page = await orNull(() => client.send(new ListPartsCommand({ ...at(key, uploadId), PartNumberMarker: marker })));
          if (page === null) return null;
          for (const { PartNumber, Size, ETag, LastModified } of page.Parts ?? [])
            if (PartNumber !== undefined && ETag !== undefined) listed.push({ part: PartNumber, bytes: Size ?? 0, etag: ETag, at: LastModified?.getTime() ?? 0 });
          marker = page.NextPartNumberMarker;
          if (page.IsTruncated !== true || marker === undefined) return newestOfEach(listed);
        }
      }),
    completeMultipart: (key, uploadId, parts) =>
      reach(async () => {
        const Parts = parts.map(({ part, etag }) => ({ PartNumber: part, ETag: etag }));
        return (await orNull(() => client.send(new CompleteMultipartUploadCommand({ ...at(key, uploadId), MultipartUpload: { Parts } })))) !== null;
      }),
    dropMultipart: (key, uploadId) => reach(async () => void (await orNull(() => client.send(new AbortMultipartUploadCommand(at(key, uploadId)))))),
  };
}

interface ListedPart extends StoredPart {
  at: number;
}

/**
 * SeaweedFS lists a part that was sent twice twice, with a time in whole seconds. The newest counts; where two that differ are
 * equally new, neither does: the part is as good as missing, and once it is sent again it is the newest.
 */
function newestOfEach(listed: readonly ListedPart[]): StoredPart[] {
  const byPart = Map.groupBy(listed, ({ part }) => part);
  return [...byPart.values()]
    .flatMap((copies) => {
      const latest = Math.max(...copies.map(({ at }) => at));
      const [first, ...others] = copies.filter(({ at }) => at === latest);
      return first !== undefined && others.every(({ etag }) => etag === first.etag) ? { part: first.part, bytes: first.bytes, etag: first.etag } : [];
    })
    .sort((a, b) => a.part - b.part);
}

async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchUpload') return null;
    throw error;
  }
}
