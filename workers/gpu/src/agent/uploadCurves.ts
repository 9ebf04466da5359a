import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { curveFileName } from '@thaw/contract/runs';
import type { finishRequest } from '@thaw/contract/worker';
import { sha256OfFile } from '@thaw/formats/fileHash';
import type { z } from 'zod';
import { errorCode } from './describeError.ts';
import { uploadFile, type UploadOptions } from './uploadFile.ts';

export type UploadedCurves = z.infer<typeof finishRequest>['curves'];

/** Uploads the curve files that the trainer left under `folder`; those that are not there are left out. */
export async function uploadCurves(folder: string, options: UploadOptions): Promise<UploadedCurves> {
  const curves: UploadedCurves = [];
  for (const name of curveFileName.options) {
    const path = join(folder, name);
    const bytes = await sizeOrNull(path);
    if (bytes === null) continue;
    const file = { path, bytes, sha256: await sha256OfFile(path) };
    const key = await uploadFile({ kind: 'curve', name }, file, options);
    curves.push({ name, key, bytes, sha256: file.sha256 });
  }
  return curves;
}

async function sizeOrNull(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
