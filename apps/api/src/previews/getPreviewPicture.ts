import type { Context } from '../context.ts';
import { waitForTask, type Patience } from '../tasks/waitForTask.ts';
import { findPreview, type PreviewInput } from './getPreview.ts';

/** The PNG of a preview. One that is being rendered is waited for. */
export async function getPreviewPicture(ctx: Context, { id, patience }: PreviewInput & { patience: Patience }): Promise<Buffer> {
  const { result } = await waitForTask(ctx.db, await findPreview(ctx.db, ctx.caller, id), patience);
  const [picture] = result.files;
  if (picture === undefined) throw new Error(`The preview ${id} has no picture.`);
  return ctx.storage.readRange(picture.key, 0, picture.bytes);
}
