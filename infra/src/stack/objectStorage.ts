import { CreateBucketCommand, DeleteObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

export interface Storage {
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A client for any S3-compatible server: path-style addresses, and no checksums that only AWS knows. */
export function storageClient(storage: Omit<Storage, 'bucket'>, more: Pick<S3ClientConfig, 'requestHandler' | 'logger'> = {}): S3Client {
  return new S3Client({
    endpoint: storage.endpoint,
    region: storage.region,
    forcePathStyle: true,
    credentials: { accessKeyId: storage.accessKeyId, secretAccessKey: storage.secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    ...more,
  });
}

/** Makes the bucket where it is missing and writes one object: health checks of these servers say yes too early. Throws while it is not ready. */
export async function proveWritable(storage: Storage): Promise<void> {
  const client = storageClient(storage);
  const at = { Bucket: storage.bucket, Key: '.ready' };
  try {
    await client.send(new HeadBucketCommand({ Bucket: storage.bucket })).catch(async () => {
      await client.send(new CreateBucketCommand({ Bucket: storage.bucket }));
    });
    await client.send(new PutObjectCommand({ ...at, Body: 'ready' }));
    await client.send(new DeleteObjectCommand(at));
  } finally {
    client.destroy();
  }
}

/** The same as a question, bounded in time. */
export async function isWritable(storage: Storage): Promise<boolean> {
  const limit = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2500).unref());
  return Promise.race([proveWritable(storage).then(() => true, () => false), limit]);
}
