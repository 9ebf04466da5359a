import type { claimRequest, Ticket } from '@thaw/contract/worker';
import type { Executor } from '@thaw/db/client';
import { attempt } from '@thaw/db/schema/attempt';
import { checkpoint } from '@thaw/db/schema/checkpoint';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { run, type RunRow } from '@thaw/db/schema/run';
import { weights } from '@thaw/db/schema/weights';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { newAttemptToken } from '../auth/tokens.ts';
import type { Context, WorkerCaller } from '../context.ts';
import { canBeId } from '../ids.ts';
import { notify } from '../notify.ts';
import { inTurn } from '../queue/inTurn.ts';
import { takeRun } from '../queue/takeRun.ts';
import { announceRun } from '../webhooks/announce.ts';
import { seeWorker } from '../workers/seeWorker.ts';
import { secondsFromNow } from './lease.ts';
import { signTicket, type Claimed } from './signTicket.ts';

/**
 * Gives the next run to a worker, see runOrder.ts. Null when there is none for it. No run is given twice. In this process claims go one
 * after the other: at once they would all find the same owner to have the fewest active runs.
 */
export async function claimRun(ctx: Context<WorkerCaller>, { worker, run: wanted }: z.infer<typeof claimRequest>): Promise<Ticket | null> {
  const { db, caller, settings } = ctx;
  if (wanted !== undefined && !canBeId(wanted)) return null;
  const workerId = await seeWorker(db, { apiKeyId: caller.apiKeyId, ...worker });
  const take = async (tx: Executor): Promise<Claimed | null> => {
    const picked = await takeRun(tx, settings.quota, { device: worker.device.type, wanted });
    if (picked === null) return null;
    const { token, hash } = newAttemptToken();
    const number = picked.attempt + 1;
    // The clock, not the start of this transaction: it may have waited for the end of the attempt before.
    await tx.insert(attempt).values({ runId: picked.id, number, tokenHash: hash, workerId, device: worker.device.type, startedAt: sql`clock_timestamp()` });
    const [begun] = await tx
      .update(run)
      .set({
        status: 'running',
        attempt: number,
        leaseExpiresAt: secondsFromNow(settings.leaseSeconds),
        launchedAt: null,
        claimedAt: sql`now()`,
        startedAt: picked.startedAt ?? sql`now()`,
      })
      .where(eq(run.id, picked.id))
      .returning();
    if (begun !== undefined) await announceRun(tx, begun);
    await notify(tx, 'run', picked.id);
    return { row: picked, number, token, ...(await partsOf(tx, picked)) };
  };
  const claimed = await inTurn(db, () => db.transaction(take));
  return claimed === null ? null : signTicket(ctx, claimed);
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
