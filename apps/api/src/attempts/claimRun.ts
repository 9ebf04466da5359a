import type { claimRequest, Ticket } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run, type RunRow } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, asc, desc, eq, lte, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { newAttemptToken } from '../auth/tokens.ts';
import type { Context, WorkerCaller } from '../context.ts';
import { canBeId } from '../ids.ts';
import { notify } from '../notify.ts';
import { announceRun } from '../webhooks/announce.ts';
import { seeWorker } from '../workers/seeWorker.ts';
import { secondsFromNow } from './lease.ts';
import { signTicket } from './signTicket.ts';

/**
 * Gives the next run to a worker: highest priority first, then the oldest. Null when none waits. Claims never wait for each
 * other, and no run is given twice.
 */
export async function claimRun(ctx: Context<WorkerCaller>, { worker, run: wanted }: z.infer<typeof claimRequest>): Promise<Ticket | null> {
  const { db, caller, settings } = ctx;
  if (wanted !== undefined && !canBeId(wanted)) return null;
  const workerId = await seeWorker(db, { apiKeyId: caller.apiKeyId, ...worker });
  const claimed = await db.transaction(async (tx) => {
    const picked = await pick(tx, settings.maxActivePerOwner, wanted);
    if (picked === null) return null;
    const { token, hash } = newAttemptToken();
    const number = picked.attempt + 1;
    await tx.insert(attempt).values({ runId: picked.id, number, tokenHash: hash, workerId });
    const [begun] = await tx
      .update(run)
      .set({
        status: 'running',
        attempt: number,
        leaseExpiresAt: secondsFromNow(settings.leaseSeconds),
        launchedAt: null,
        startedAt: picked.startedAt ?? sql`now()`,
      })
      .where(eq(run.id, picked.id))
      .returning();
    if (begun !== undefined) await announceRun(tx, begun);
    await notify(tx, 'run', picked.id);
    return { row: picked, number, token, ...(await partsOf(tx, picked)) };
  });
  return claimed === null ? null : signTicket(ctx, claimed);
}

async function pick(tx: Executor, maxActivePerOwner: number | null, wanted: string | undefined): Promise<RunRow | null> {
  const activeOfOwner = sql`(select count(*) from run active where active.owner_id = ${run.ownerId} and active.status = 'running')`;
  const [row] = await tx
    .select()
    .from(run)
    .where(
      and(
        // Spelled out, not as parameters: only so does the planner see that the queue's partial index serves.
        sql`${run.status} in ('queued', 'launching')`,
        lte(run.availableAt, sql`now()`),
        wanted === undefined ? undefined : eq(run.id, wanted),
        maxActivePerOwner === null ? undefined : sql`${activeOfOwner} < ${maxActivePerOwner}`,
      ),
    )
    .orderBy(desc(run.priority), asc(run.createdAt), asc(run.id))
    .limit(1)
    .for('update', { skipLocked: true });
  if (row === undefined || maxActivePerOwner === null) return row ?? null;
  // Two claims at once would both count before either shows: with a limit, those of one owner go one after the other.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`owner:${row.ownerId}`}, 0))`);
  const [active] = await tx.select({ count: sql<number>`count(*)::int` }).from(run).where(and(eq(run.ownerId, row.ownerId), eq(run.status, 'running')));
  return (active?.count ?? 0) < maxActivePerOwner ? row : null;
}

/** What a worker must fetch: data, weights, the newest checkpoint where there is one, and the best where that is an older one. */
async function partsOf(tx: Executor, { id, datasetId, datasetVersion: version, weightsId }: RunRow) {
  const [data] = await tx
    .select({ manifest: datasetVersion.manifest })
    .from(datasetVersion)
    .where(and(eq(datasetVersion.datasetId, datasetId), eq(datasetVersion.version, version)));
  const manifest = data?.manifest ?? null;
  if (manifest === null) throw new Error(`The run ${id} names a data set version that is not there, or not ready.`);
  const [pretrained] = weightsId === null ? [] : await tx.select().from(weights).where(eq(weights.id, weightsId));
  const [newest, ...older] = await tx
    .select()
    .from(checkpoint)
    .where(eq(checkpoint.runId, id))
    .orderBy(desc(checkpoint.attempt), desc(checkpoint.step));
  // A row says whether it was the best when it was written: the newest that was is the best now.
  const best = newest?.best === true ? undefined : older.find((kept) => kept.best);
  return { manifest, weights: pretrained ?? null, checkpoint: newest ?? null, best: best ?? null };
}
