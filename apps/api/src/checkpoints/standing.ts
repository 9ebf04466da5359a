import type { Executor } from '@thaw/db/client';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { task } from '@thaw/db/schema/task';
import { and, desc, eq, isNotNull, ne } from 'drizzle-orm';

type CheckpointRow = typeof checkpoint.$inferSelect;

export interface Standing {
  row: CheckpointRow;
  /** A row says whether it was the best when it was written: the newest that was is the best now. */
  best: boolean;
  /** Whether it stays for as long as the run does: the last, from which a run is resumed, the best, what is pinned, and what was exported. */
  stays: boolean;
}

/** The checkpoints of a run, newest first, and which of them stay. `lock`: nobody else changes them, or begins to export one, until the transaction ends. */
export async function standingOf(tx: Executor, runId: string, { lock = false } = {}): Promise<Standing[]> {
  const newestFirst = tx.select().from(checkpoint).where(eq(checkpoint.runId, runId)).orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  const rows = await (lock ? newestFirst.for('update') : newestFirst);
  const best = rows.find((row) => row.best);
  const exports = await tx
    .select({ id: task.checkpointId })
    .from(task)
    .where(and(eq(task.runId, runId), isNotNull(task.checkpointId), ne(task.status, 'failed')));
  const exported = new Set(exports.map(({ id }) => id));
  return rows.map((row, age) => ({ row, best: row === best, stays: age === 0 || row === best || row.pinnedAt !== null || exported.has(row.id) }));
}
