import { taskFileKey } from '@thaw/contract/storageKeys';
import type { taskUploadRequest } from '@thaw/contract/tasks';
import type { uploadReply } from '@thaw/contract/worker';
import type { z } from 'zod';
import type { Context, TaskCaller } from '../context.ts';
import { invalid } from '../errors.ts';
import { requireCurrentTask } from './currentTask.ts';
import { filesOf, prefixOf } from './taskFiles.ts';

/** A place for a file of this attempt. Until the task is finished, nothing in the database points there. */
export async function giveTaskPlace(
  { db, storage, caller }: Context<TaskCaller>,
  { attempt, name, bytes }: z.infer<typeof taskUploadRequest>,
): Promise<z.infer<typeof uploadReply>> {
  const row = await requireCurrentTask(db, caller, attempt);
  const expected = filesOf(row.input);
  if (!expected.includes(name)) throw invalid([{ path: 'name', message: `this task brings ${expected.join(', ')}` }]);
  const key = taskFileKey(prefixOf(row), attempt, name);
  return { key, url: await storage.presignPut(key, bytes) };
}
