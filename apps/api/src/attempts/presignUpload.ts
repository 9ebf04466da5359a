import { checkpointKey, curveUploadKey } from '@thaw/contract/storageKeys';
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
  const key =
    file.kind === 'checkpoint' ? checkpointKey(caller.runId, attempt, file.step, file.name) : curveUploadKey(caller.runId, attempt, file.name);
  return { key, url: await storage.presignPut(key, bytes) };
}
