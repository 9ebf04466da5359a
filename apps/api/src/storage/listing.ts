import { ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { reach } from './reach.ts';

interface ListedObject {
  key: string;
  /** When it was last written, by the storage's clock. */
  at: Date;
}
/** A multipart upload that is neither completed nor dropped. */
interface ListedUpload extends ListedObject {
  uploadId: string;
}
/** Where a page of uploads ended, as the storage said it: SeaweedFS, whose order is not that of keys, names no key. */
export interface UploadMarker {
  key: string | undefined;
  uploadId: string | undefined;
}

/** What is in the bucket, a page at a time. */
export interface Listing {
  /** Objects whose key begins with `prefix` and comes after `after`, in their order. `next` null: there are no more. */
  listObjects: (prefix: string, after: string | null, limit: number) => Promise<{ objects: ListedObject[]; next: string | null }>;
  /** Multipart uploads, likewise. MinIO tells of those of one whole key alone; it drops by itself those that are older than a day. */
  listUploads: (prefix: string, after: UploadMarker | null, limit: number) => Promise<{ uploads: ListedUpload[]; next: UploadMarker | null }>;
}

export function openListing(client: S3Client, bucket: string): Listing {
  return {
    listObjects: (prefix, after, limit) =>
      reach(async () => {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: limit, ...(after !== null && { StartAfter: after }) }));
        const objects = (page.Contents ?? []).flatMap(({ Key, LastModified }) => (Key === undefined || LastModified === undefined ? [] : [{ key: Key, at: LastModified }]));
        return { objects, next: page.IsTruncated === true ? ((page.Contents ?? []).at(-1)?.Key ?? null) : null };
      }),
    listUploads: (prefix, after, limit) =>
      reach(async () => {
        const page = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, MaxUploads: limit, KeyMarker: after?.key, UploadIdMarker: after?.uploadId }),
        );
        const uploads = (page.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
          Key === undefined || UploadId === undefined || Initiated === undefined ? [] : [{ key: Key, uploadId: UploadId, at: Initiated }],
        );
        return { uploads, next: page.IsTruncated === true ? { key: page.NextKeyMarker, uploadId: page.NextUploadIdMarker } : null };
      }),
  };
}
