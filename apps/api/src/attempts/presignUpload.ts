import { checkpointKey, curveUploadKey, evaluationUploadKey, predictionsUploadKey } from '@thaw/contract/storageKeys';
import type { uploadReply, uploadRequest } from '@thaw/contract/worker';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { requireCurrent } from './currentRun.ts';

/** A place for a file of this attempt. Until the file is recorded, nothing in the database points there. */
export async function presignUpload(
  { db, storage, caller }: Context<AttemptCaller>,
  { attempt, file, bytes }: z.infer<typeof uploadRequest>,
): Promise<z.infer<typeof uploadReply>> {
  await requireCurrent(db, caller, attempt);
  const key = keyOf(caller.runId, attempt, file);
  return { key, url: await storage.presignPut(key, bytes) };
}

function keyOf(run: string, attempt: number, file: z.infer<typeof uploadRequest>['file']): string {
  switch (file.kind) {
    case 'checkpoint':
      return checkpointKey(run, attempt, file.step, file.name);
    case 'curve':
      return curveUploadKey(run, attempt, file.name);
    case 'evaluation':
      return evaluationUploadKey(run, attempt);
    case 'predictions':
      return predictionsUploadKey(run, attempt);
  }
}
