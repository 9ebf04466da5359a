import { taskFailurePolicies } from '@thaw/contract/taskFailures';
import type { Executor } from '@thaw/db/client';
import { task, type TaskInput, type TaskRow } from '@thaw/db/schema/task';
import { and, eq, sql } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { newId } from '../ids.ts';
import { notify } from '../notify.ts';
import { lockOwner, requireRoomForBytes } from '../quotas/requireRoom.ts';

/** Tasks of one owner that may wait or be worked on at the same time. */
const maxUnfinished = 50;

export interface WantedTask {
  /** What it is about. */
  of: { runId: string; checkpointId: number | null } | { datasetId: string; datasetVersion: number };
  input: TaskInput;
  /** All that decides what comes out: the same gives the same task. */
  dependsOn: readonly unknown[];
}

/**
 * The task that brings what is wanted: the one that there is, or a new one. One that failed for a reason that may have passed is tried
 * again.
 * @throws too-many-requests where the caller has many that are not done; quota-exceeded where there is no room for what an export stores
 */
export async function requestTask(ctx: Context, { of, input, dependsOn }: WantedTask): Promise<{ row: TaskRow; created: boolean }> {
  const { db, caller } = ctx;
  const cacheKey = createHash('sha256').update(JSON.stringify([caller.userId, input.kind, ...dependsOn])).digest('hex');
  return db.transaction(async (tx) => {
    const values = { id: newId('task'), ownerId: caller.userId, kind: input.kind, ...of, input, cacheKey };
    const [made] = await tx.insert(task).values(values).onConflictDoNothing({ target: task.cacheKey }).returning();
    if (made !== undefined) {
      await requireRoom(tx, ctx);
      if (input.kind === 'export') await requireRoomForBytes(tx, ctx, { more: 1, what: 'an export stores a file' });
      await notify(tx, 'queue', made.id);
      return { row: made, created: true };
    }
    const [found] = await tx.select().from(task).where(eq(task.cacheKey, cacheKey)).for('update');
    if (found === undefined) throw new ApiError('conflict', 'What was asked for is being deleted. Ask again.');
    const again = found.failure !== null && taskFailurePolicies[found.failure.code].retry;
    const [touched] = await tx
      .update(task)
      .set({
        touchedAt: sql`now()`,
        ...(again && { ...of, status: 'queued' as const, failure: null, finishedAt: null, attemptsInVain: 0, availableAt: sql`now()` }),
      })
      .where(eq(task.id, found.id))
      .returning();
    if (again) await notify(tx, 'queue', found.id);
    return { row: touched ?? found, created: false };
  });
}

async function requireRoom(tx: Executor, { caller }: Context): Promise<void> {
  await lockOwner(tx, { caller });
  const rows = await tx
    .select({ id: task.id })
    .from(task)
    .where(and(eq(task.ownerId, caller.userId), sql`${task.status} in ('queued', 'launching', 'running')`));
  if (rows.length > maxUnfinished) throw new ApiError('too-many-requests', `${maxUnfinished} of your exports and previews are not done yet. Wait for some of them.`);
}
