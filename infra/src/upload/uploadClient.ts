import { dataset, datasetVersion, type Dataset, type DatasetVersion } from '@thaw/contract/datasets';
import { partsReply, upload, type createUploadRequest, type PartsReply, type Upload } from '@thaw/contract/uploads';
import { z } from 'zod';
import { apiCaller, type ApiAccess } from '../demo/apiClient.ts';

const uploads = z.object({ items: z.array(upload) });

/** The part of the REST API that an upload uses. Everything it throws about an answer is an ApiProblem. */
export function uploadClient(access: ApiAccess, signal: AbortSignal) {
  const call = apiCaller(access, signal);
  const ofUpload = (id: string, rest = ''): string => `/v1/uploads/${encodeURIComponent(id)}${rest}`;
  const ofDataset = (id: string, rest = ''): string => `/v1/datasets/${encodeURIComponent(id)}${rest}`;
  return {
    listUploads: async (): Promise<Upload[]> => (await call(uploads, 'GET', '/v1/uploads')).items,
    createDataset: (name: string): Promise<Dataset> => call(dataset, 'POST', '/v1/datasets', { body: { name } }),
    getDataset: (id: string): Promise<Dataset> => call(dataset, 'GET', ofDataset(id)),
    createUpload: (id: string, request: z.input<typeof createUploadRequest>): Promise<Upload> => call(upload, 'POST', ofDataset(id, '/uploads'), { body: request }),
    getUpload: (id: string): Promise<Upload> => call(upload, 'GET', ofUpload(id)),
    presignParts: (id: string, parts: readonly number[]): Promise<PartsReply> => call(partsReply, 'POST', ofUpload(id, '/parts'), { body: { parts } }),
    completeUpload: (id: string): Promise<DatasetVersion> => call(datasetVersion, 'POST', ofUpload(id, '/complete'), { body: {} }),
    dropUpload: (id: string): Promise<unknown> => call(z.unknown(), 'DELETE', ofUpload(id)),
    cancelImport: (id: string, version: number): Promise<DatasetVersion> => call(datasetVersion, 'POST', ofDataset(id, `/versions/${version}/cancel`)),
    deleteDataset: (id: string): Promise<unknown> => call(z.unknown(), 'DELETE', ofDataset(id)),
  };
}

export type UploadClient = ReturnType<typeof uploadClient>;
