import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluation } from '@thaw/contract/evaluation';
import { maxPredictionsBytes } from '@thaw/contract/evaluationPictures';
import type { finishRequest } from '@thaw/contract/worker';
import { FormatError } from '@thaw/formats/formatError';
import { checkPredictions } from '@thaw/formats/predictions';
import type { z } from 'zod';
import { describeFile } from './describeFile.ts';
import { UnfitEvaluation } from './uploadEvaluation.ts';
import { uploadFile, type UploadOptions } from './uploadFile.ts';

export type UploadedPredictions = NonNullable<z.infer<typeof finishRequest>['evaluation']>['predictions'];

const name = 'predictions.safetensors';

/**
 * Uploads what the trainer left under `folder` of each image, beside an evaluation that is fit to be sent; undefined where there is nothing.
 * @throws UnfitEvaluation, and what uploadFile throws
 */
export async function uploadPredictions(folder: string, options: UploadOptions): Promise<UploadedPredictions> {
  const file = await describeFile(join(folder, name));
  if (file === null) return undefined;
  if (file.bytes > maxPredictionsBytes) throw new UnfitEvaluation(`${name} has ${file.bytes} bytes, more than the ${maxPredictionsBytes} that are taken`);
  const { confusion } = evaluation.parse(JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')));
  try {
    checkPredictions(await readFile(file.path), confusion);
  } catch (error) {
    throw error instanceof FormatError ? new UnfitEvaluation(error.message) : error;
  }
  const key = await uploadFile({ kind: 'predictions', name }, file, options);
  return { name, key, bytes: file.bytes, sha256: file.sha256 };
}
