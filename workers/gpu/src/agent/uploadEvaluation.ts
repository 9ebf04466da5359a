import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluation, maxEvaluationBytes } from '@thaw/contract/evaluation';
import type { finishRequest } from '@thaw/contract/worker';
import type { z } from 'zod';
import { describeFile } from './describeFile.ts';
import { uploadFile, type UploadOptions } from './uploadFile.ts';

export type UploadedEvaluation = z.infer<typeof finishRequest>['evaluation'];
/** What the trainer left would be refused: sending it would cost the run its end. */
export class UnfitEvaluation extends Error {
  override readonly name = 'UnfitEvaluation';
}

const name = 'evaluation.json';

/**
 * Uploads the evaluation that the trainer left under `folder`; null where there is none.
 * @throws UnfitEvaluation, and what uploadFile throws
 */
export async function uploadEvaluation(folder: string, options: UploadOptions): Promise<UploadedEvaluation> {
  const file = await describeFile(join(folder, name));
  if (file === null) return null;
  if (file.bytes > maxEvaluationBytes) throw new UnfitEvaluation(`${name} has ${file.bytes} bytes, more than the ${maxEvaluationBytes} that are taken`);
  if (!evaluation.safeParse(await readJson(file.path)).success) throw new UnfitEvaluation(`${name} is not what an evaluation should be`);
  const key = await uploadFile({ kind: 'evaluation', name }, file, options);
  return { name, key, bytes: file.bytes, sha256: file.sha256 };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
