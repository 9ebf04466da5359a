import { taskFileKey } from '@thaw/contract/storageKeys';
import type { taskUploadRequest } from '@thaw/contract/tasks';
import type { uploadReply } from '@thaw/contract/worker';
import type { z } from 'zod';
import type { Context, TaskCaller } from '../context.ts';
import { invalid } from '../errors.ts';
import { requireCurrentTask } from './currentTask.ts';
import { filesOf, prefixOf } from './taskFiles.ts';

/** It is passed on from memory. The largest one that can be asked for has some 30 million bytes of pixels. */
const maxPictureBytes = 64 * 2 ** 20;

/** A place for a file of this attempt. Until the task is finished, nothing in the database points there. */
export async function giveTaskPlace(
  { db, storage, caller }: Context<TaskCaller>,
  { attempt, name, bytes }: z.infer<typeof taskUploadRequest>,
): Promise<z.infer<typeof uploadReply>> {
  const row = await requireCurrentTask(db, caller, attempt);
  const expected = filesOf(row.input);
  if (!expected.includes(name)) throw invalid([{ path: 'name', message: `this task brings ${expected.join(', ')}` }]);
  if (name === 'preview.png' && bytes > maxPictureBytes) throw invalid([{ path: 'bytes', message: `a preview has ${maxPictureBytes} bytes at most` }]);
  const key = taskFileKey(prefixOf(row), attempt, name);
  return { key, url: await storage.presignPut(key, bytes) };
}
