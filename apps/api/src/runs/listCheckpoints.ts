import type { Checkpoint } from '@thaw/contract/runs';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { desc, eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { findRun, type RunInput } from './findRun.ts';

/** The checkpoints that are kept, by epoch. Of two of the same epoch the newer attempt's counts. */
export async function listCheckpoints(ctx: Context, { id }: RunInput): Promise<{ items: Checkpoint[] }> {
  const row = await findRun(ctx.db, ctx.caller, id);
  const rows = await ctx.db.select().from(checkpoint).where(eq(checkpoint.runId, row.id)).orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  // A row says whether it was the best when it was written; the newest that was is the best now.
  const best = rows.find((kept) => kept.best);
  const items = new Map<number, Checkpoint>();
  for (const kept of rows) {
    const { epoch, step, attempt, createdAt } = kept;
    const files = kept.files.map(({ name, key, bytes, sha256 }) => ({ name, uri: ctx.storage.uri(key), bytes, sha256 }));
    if (!items.has(epoch)) items.set(epoch, { epoch, step, attempt, best: kept === best, files, createdAt: createdAt.toISOString() });
  }
  return { items: [...items.values()].sort((a, b) => a.epoch - b.epoch) };
}
