import { evaluation, maxEvaluationBytes } from '@thaw/contract/evaluation';
import { evaluationKey, evaluationUploadKey } from '@thaw/contract/storageKeys';
import type { finishRequest } from '@thaw/contract/worker';
import type { StoredEvaluation } from '@thaw/db/schema/run';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { conflict, invalid } from '../errors.ts';
import { checkUploads } from './checkUploads.ts';

type Uploaded = NonNullable<z.infer<typeof finishRequest>['evaluation']>;

/**
 * Looks into an uploaded evaluation.json and puts it in its final place, where no worker can write.
 * @throws validation-failed for one that is none, or too large; conflict where the storage has another one
 */
export async function placeEvaluation({ storage, caller }: Context<AttemptCaller>, attempt: number, file: Uploaded): Promise<StoredEvaluation> {
  const { name, key, bytes, sha256 } = file;
  if (bytes > maxEvaluationBytes) throw invalid([{ path: 'evaluation.bytes', message: `an evaluation has ${maxEvaluationBytes} bytes at most, not ${bytes}` }]);
  await checkUploads(storage, [file], () => evaluationUploadKey(caller.runId, attempt));
  const content = await storage.readRange(key, 0, bytes);
  if (createHash('sha256').update(content).digest('hex') !== sha256) throw conflict(`${name} is in the storage with another SHA-256. Upload it again.`);
  const parsed = evaluation.safeParse(parseJson(content.toString('utf8')));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid([{ path: ['evaluation', ...(issue?.path ?? [])].join('.'), message: `${name} is no evaluation: ${issue?.message}` }]);
  }
  const final = evaluationKey(caller.runId);
  // What was looked at, not what may lie there by now.
  await storage.putText(final, content.toString('utf8'), 'application/json');
  return { name, key: final, bytes, sha256 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
