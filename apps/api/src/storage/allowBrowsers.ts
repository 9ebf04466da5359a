import { GetBucketCorsCommand, PutBucketCorsCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3';

/**
 * Lets pages of any origin use presigned addresses, whose query is the permission. A bucket that has rules keeps them, and a server
 * without such rules (MinIO, which answers browsers by itself) is left alone.
 */
export async function allowBrowsers(client: S3Client, bucket: string): Promise<void> {
  const rules = await client.send(new GetBucketCorsCommand({ Bucket: bucket })).then(
    ({ CORSRules }) => CORSRules ?? [],
    (error: unknown) => {
      if (error instanceof S3ServiceException && error.name === 'NoSuchCORSConfiguration') return [];
      throw error;
    },
  );
  if (rules.length > 0) return;
  const rule = { AllowedMethods: ['GET', 'HEAD', 'PUT'], AllowedOrigins: ['*'], AllowedHeaders: ['*'], ExposeHeaders: ['ETag'], MaxAgeSeconds: 3600 };
  await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } })).catch((error: unknown) => {
    if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 501)) throw error;
  });
}
