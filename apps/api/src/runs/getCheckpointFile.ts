import { checkpoint } from '@thaw/db/schema/checkpoint';
import { and, desc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findRun } from './findRun.ts';

/** A short-lived address of the weights of an epoch's checkpoint, as safetensors. */
export async function getCheckpointFile(ctx: Context, { id, epoch }: { id: string; epoch: number }): Promise<{ url: string }> {
  const row = await findRun(ctx.db, ctx.caller, id);
  const [found] = await ctx.db
    .select({ files: checkpoint.files })
    .from(checkpoint)
    .where(and(eq(checkpoint.runId, row.id), eq(checkpoint.epoch, epoch)))
    .orderBy(desc(checkpoint.attempt), desc(checkpoint.step))
    .limit(1);
  const file = found?.files.find(({ name }) => name === 'model.safetensors');
  if (file === undefined) throw notFound(`checkpoint of epoch ${epoch} (the last two and the best are kept)`);
  return { url: await ctx.storage.presignGet(file.key, 'download', `${row.id}-epoch-${epoch}.safetensors`) };
}
