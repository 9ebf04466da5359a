import { checkpointKey } from '@thaw/contract/storageKeys';
import type { checkpointRequest } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { removal } from '@thaw/db/schema/removal';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { mayRemove } from '../housekeeping/mayRemove.ts';
import { notify } from '../notify.ts';
import { checkUploads } from './checkUploads.ts';
import { lockCurrentRun, requireCurrent } from './currentRun.ts';
import { secondsFromNow } from './lease.ts';

const keptNewest = 2;
/** By then the files have gone at once, or whoever was to take them is dead or has left them to the sweep. */
const sweepAfterSeconds = 120;

/**
 * Records a checkpoint whose files are complete in the storage; the last two and the best are kept, and what is pinned or waits to be exported. The row comes
 * after the objects, and objects go after their row: a row never points at nothing. The same checkpoint sent again changes nothing.
 */
export async function recordCheckpoint(ctx: Context<AttemptCaller>, input: z.infer<typeof checkpointRequest>): Promise<void> {
  const { db, storage, caller, settings } = ctx;
  const { attempt: number, epoch, step, best, files } = input;
  await requireCurrent(db, caller, number);
  await checkUploads(storage, files, (name) => checkpointKey(caller.runId, number, step, name));
  const superseded = await db.transaction(async (tx): Promise<Superseded> => {
    const row = await lockCurrentRun(tx, caller);
    // Who resumes from here says nothing again of what lies before: it must be there.
    if (step > row.step) throw conflict(`The events up to step ${step} are not here yet (they are up to ${row.step}). Send them first.`);
    const [added] = await tx
      .insert(checkpoint)
      .values({ runId: caller.runId, attempt: number, epoch, step, best, files })
      .onConflictDoNothing()
      .returning({ id: checkpoint.id });
    if (added === undefined) return { keys: [], removals: [] };
    const furthest = step > row.progressStep;
    if (furthest) await tx.update(attempt).set({ progressed: true }).where(and(eq(attempt.runId, caller.runId), eq(attempt.number, number)));
    await tx
      .update(run)
      .set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds), ...(furthest && { progressStep: step }) })
      .where(eq(run.id, caller.runId));
    await notify(tx, 'run', caller.runId);
    return dropSuperseded(tx, caller.runId);
  });
  if (superseded.keys.length === 0) return;
  try {
    await storage.remove(superseded.keys);
    await db.delete(removal).where(inArray(removal.id, superseded.removals));
  } catch (error) {
    ctx.log.warn({ err: error, run: caller.runId }, 'files of an old checkpoint are still in the storage; the sweep takes them');
  }
}

/** Checkpoints that are to go: the keys of their files, and the removals by which the sweep takes them where this process does not. */
interface Superseded {
  keys: string[];
  removals: number[];
}

/** Deletes the rows of checkpoints that need not be kept. */
async function dropSuperseded(tx: Executor, runId: string): Promise<Superseded> {
  const newestFirst = await tx.select().from(checkpoint).where(eq(checkpoint.runId, runId)).orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  const best = newestFirst.find((row) => row.best);
  const exporting = await tx
    .select({ id: task.checkpointId })
    .from(task)
    .where(and(eq(task.runId, runId), sql`${task.status} in ('queued', 'launching', 'running')`));
  const dropped = newestFirst.slice(keptNewest).filter((row) => row !== best && row.pinnedAt === null && !exporting.some(({ id }) => id === row.id));
  const keys = dropped.flatMap(({ files }) => files.map(({ key }) => key));
  if (keys.length === 0) return { keys, removals: [] };
  await tx.delete(checkpoint).where(inArray(checkpoint.id, dropped.map(({ id }) => id)));
  const rows = await tx.insert(removal).values(keys.map((prefix) => ({ prefix, dueAt: secondsFromNow(sweepAfterSeconds) }))).returning({ id: removal.id });
  return (await mayRemove(tx)) ? { keys, removals: rows.map(({ id }) => id) } : { keys: [], removals: [] };
}
