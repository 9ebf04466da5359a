import type { Upload } from '@thaw/contract/uploads';
import type { FoundUpload } from './findUpload.ts';
import { countParts } from './planParts.ts';

/** An upload without a sign of life for so long is swept away. */
export const abandonedSeconds = 7 * 24 * 3600;

/** An upload as the API shows it. @param received numbers of the parts that the storage has */
export function presentUpload({ row, datasetName }: FoundUpload, received: readonly number[]): Upload {
  return {
    id: row.id,
    dataset: row.datasetId,
    datasetName,
    fileName: row.fileName,
    bytes: row.bytes,
    sha256: row.sha256,
    options: row.options,
    partBytes: row.partBytes,
    partCount: countParts(row),
    status: row.status,
    received: [...received],
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    expiresAt: new Date(row.touchedAt.getTime() + abandonedSeconds * 1000).toISOString(),
  };
}
