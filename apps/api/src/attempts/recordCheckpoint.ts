import { checkpointKey } from '@thaw/contract/storageKeys';
import type { checkpointRequest } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { run } from '@thaw/db/schema/run';
import { task } from '@thaw/db/schema/task';
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AttemptCaller, Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { notify } from '../notify.ts';
import { checkUploads } from './checkUploads.ts';
import { lockCurrentRun, requireCurrent } from './currentRun.ts';
import { secondsFromNow } from './lease.ts';

const keptNewest = 2;

/**
 * Records a checkpoint whose files are complete in the storage; the last two and the best are kept, and what waits to be exported. The row comes after the
 * objects, and objects go after their row: a row never points at nothing. The same checkpoint sent again changes nothing.
 */
export async function recordCheckpoint(ctx: Context<AttemptCaller>, input: z.infer<typeof checkpointRequest>): Promise<void> {
  const { db, storage, caller, settings } = ctx;
  const { attempt: number, epoch, step, best, files } = input;
  await requireCurrent(db, caller, number);
  await checkUploads(storage, files, (name) => checkpointKey(caller.runId, number, step, name));
  const superseded = await db.transaction(async (tx) => {
    const row = await lockCurrentRun(tx, caller);
    // Who resumes from here says nothing again of what lies before: it must be there.
    if (step > row.step) throw conflict(`The events up to step ${step} are not here yet (they are up to ${row.step}). Send them first.`);
    const [added] = await tx
      .insert(checkpoint)
      .values({ runId: caller.runId, attempt: number, epoch, step, best, files })
      .onConflictDoNothing()
      .returning({ id: checkpoint.id });
    if (added === undefined) return [];
    const furthest = step > row.progressStep;
    if (furthest) await tx.update(attempt).set({ progressed: true }).where(and(eq(attempt.runId, caller.runId), eq(attempt.number, number)));
    await tx
      .update(run)
      .set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds), ...(furthest && { progressStep: step }) })
      .where(eq(run.id, caller.runId));
    await notify(tx, 'run', caller.runId);
    return dropSuperseded(tx, caller.runId);
  });
  try {
    await storage.remove(superseded);
  } catch (error) {
    ctx.log.warn({ err: error, run: caller.runId }, 'files of an old checkpoint are left in the storage');
  }
}

/** Deletes the rows of checkpoints that need not be kept, and gives the keys of their files. */
async function dropSuperseded(tx: Executor, runId: string): Promise<string[]> {
  const newestFirst = await tx.select().from(checkpoint).where(eq(checkpoint.runId, runId)).orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  const best = newestFirst.find((row) => row.best);
  const exporting = await tx
    .select({ id: task.checkpointId })
    .from(task)
    .where(and(eq(task.runId, runId), sql`${task.status} in ('queued', 'launching', 'running')`));
  const dropped = newestFirst.slice(keptNewest).filter((row) => row !== best && !exporting.some(({ id }) => id === row.id));
  if (dropped.length === 0) return [];
  await tx.delete(checkpoint).where(inArray(checkpoint.id, dropped.map(({ id }) => id)));
  return dropped.flatMap(({ files }) => files.map(({ key }) => key));
}
