import { evaluation, maxEvaluationBytes, type Evaluation } from '@thaw/contract/evaluation';
import { maxPredictionsBytes } from '@thaw/contract/evaluationPictures';
import { parseJson } from '@thaw/contract/parseJson';
import { evaluationKey, evaluationUploadKey, predictionsKey, predictionsUploadKey } from '@thaw/contract/storageKeys';
import type { finishRequest } from '@thaw/contract/worker';
import type { StoredEvaluation } from '@thaw/db/schema/run';
import { FormatError } from '@thaw/formats/formatError';
import { checkPredictions } from '@thaw/formats/predictions';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { conflict, invalid } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { checkUploads } from './checkUploads.ts';

type Uploaded = NonNullable<z.infer<typeof finishRequest>['evaluation']>;

/**
 * Looks into an uploaded evaluation.json, and what came with it of each image, and puts them in their final place, where no worker can
 * write.
 * @throws validation-failed for one that is none, or too large; conflict where the storage has another one
 */
export async function placeEvaluation({ storage, caller }: Context<AttemptCaller>, attempt: number, { predictions, ...file }: Uploaded): Promise<StoredEvaluation> {
  const { name, bytes, sha256 } = file;
  if (bytes > maxEvaluationBytes) throw invalid([{ path: 'evaluation.bytes', message: `an evaluation has ${maxEvaluationBytes} bytes at most, not ${bytes}` }]);
  const content = await readUpload(storage, file, evaluationUploadKey(caller.runId, attempt));
  const parsed = evaluation.safeParse(parseJson(content.toString('utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid([{ path: ['evaluation', ...(issue?.path ?? [])].join('.'), message: `${name} is no evaluation: ${issue?.message}` }]);
  }
  const ofImages = predictions && (await readPredictions(storage, predictions, parsed.data, predictionsUploadKey(caller.runId, attempt)));
  const key = evaluationKey(caller.runId);
  // What was looked at, not what may lie there by now.
  await storage.putText(key, content.toString('utf8'), 'application/json');
  const placed = { name, key, bytes, sha256 };
  if (predictions === undefined || ofImages === undefined) return placed;
  const beside = { ...predictions, key: predictionsKey(caller.runId) };
  await storage.putBytes(beside.key, ofImages, 'application/octet-stream');
  return { ...placed, predictions: beside };
}

async function readPredictions(storage: Storage, file: NonNullable<Uploaded['predictions']>, { confusion }: Evaluation, given: string): Promise<Buffer> {
  if (file.bytes > maxPredictionsBytes) throw invalid([{ path: 'evaluation.predictions.bytes', message: `predictions have ${maxPredictionsBytes} bytes at most, not ${file.bytes}` }]);
  const content = await readUpload(storage, file, given);
  try {
    checkPredictions(content, confusion);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw invalid([{ path: 'evaluation.predictions', message: error.message }]);
  }
  return content;
}

/** @param given the key that was given out for it */
async function readUpload(storage: Storage, file: Pick<Uploaded, 'key' | 'bytes' | 'sha256'> & { name: string }, given: string): Promise<Buffer> {
  await checkUploads(storage, [file], () => given);
  const content = await storage.readRange(file.key, 0, file.bytes);
  if (createHash('sha256').update(content).digest('hex') !== file.sha256) throw conflict(`${file.name} is in the storage with another SHA-256. Upload it again.`);
  return content;
}
