import { join } from 'node:path';
import { curveFileName } from '@thaw/contract/runs';
import type { finishRequest } from '@thaw/contract/worker';
import type { z } from 'zod';
import { describeFile } from './describeFile.ts';
import { uploadFile, type UploadOptions } from './uploadFile.ts';

export type UploadedCurves = z.infer<typeof finishRequest>['curves'];

/** Uploads the curve files that the trainer left under `folder`; those that are not there are left out. */
export async function uploadCurves(folder: string, options: UploadOptions): Promise<UploadedCurves> {
  const curves: UploadedCurves = [];
  for (const name of curveFileName.options) {
    const file = await describeFile(join(folder, name));
    if (file === null) continue;
    const key = await uploadFile({ kind: 'curve', name }, file, options);
    curves.push({ name, key, bytes: file.bytes, sha256: file.sha256 });
  }
  return curves;
}
