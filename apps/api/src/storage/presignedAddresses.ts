import { GetObjectCommand, PutObjectCommand, UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { attachment } from './attachment.ts';

/** Addresses at which somebody without credentials reads or writes one object, for a while. */
export interface PresignedAddresses {
  /** For which addresses of `upload` work. */
  uploadSeconds: number;
  /** Address to fetch with GET; with a file name, a browser saves it under that. */
  presignGet: (key: string, use: 'worker' | 'download', fileName?: string) => Promise<string>;
  /** Address for a worker to send exactly `bytes` bytes to with PUT. */
  presignPut: (key: string, bytes: number) => Promise<string>;
  /** Address to send exactly `bytes` bytes of one part to with PUT; a part that is sent again replaces the earlier one. */
  presignPart: (key: string, uploadId: string, part: number, bytes: number, use: 'worker' | 'upload') => Promise<string>;
}

/** Whose client signs, and for how long an address works: a signature is for one host. */
export type Signers = Readonly<Record<'worker' | 'download' | 'upload', { client: S3Client; seconds: number }>>;

export function presignedAddresses(bucket: string, signers: Signers): PresignedAddresses {
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    uploadSeconds: signers.upload.seconds,
    presignGet: (key, use, fileName) =>
      getSignedUrl(
        signers[use].client,
        new GetObjectCommand({ ...at(key), ...(fileName !== undefined && { ResponseContentDisposition: attachment(fileName) }) }),
        { expiresIn: signers[use].seconds },
      ),
    presignPut: (key, bytes) =>
      getSignedUrl(signers.worker.client, new PutObjectCommand({ ...at(key), ContentLength: bytes }), { expiresIn: signers.worker.seconds }),
    presignPart: (key, uploadId, part, bytes, use) =>
      getSignedUrl(signers[use].client, new UploadPartCommand({ ...at(key), UploadId: uploadId, PartNumber: part, ContentLength: bytes }), { expiresIn: signers[use].seconds }),
  };
}
