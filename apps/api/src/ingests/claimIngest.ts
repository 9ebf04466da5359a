import { defaultIngestLimits, type ingestClaimRequest, type IngestTarget, type IngestTicket } from '@thaw/contract/ingest';
import type { Executor } from '@thaw/db/client';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetImage, quarantinedFile } from '@thaw/db/schema/datasetImage';
import { datasetVersion, type DatasetVersionRow } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { secondsFromNow } from '../attempts/lease.ts';
import { newAttemptToken } from '../auth/tokens.ts';
import type { Context, WorkerCaller } from '../context.ts';
import { canBeId } from '../ids.ts';
import { notify } from '../notify.ts';
import { inTurn } from '../queue/inTurn.ts';
import { seeWorker } from '../workers/seeWorker.ts';
import { isVersion } from './currentVersion.ts';
import { signSource } from './signSource.ts';

/**
 * Gives an import to a worker: the oldest one of the owner who has fewest under way and, of several, has waited longest. Null when none
 * waits. None is given twice.
 */
export async function claimIngest(ctx: Context<WorkerCaller>, { worker, ingest }: z.infer<typeof ingestClaimRequest>): Promise<IngestTicket | null> {
  const { db, caller, settings } = ctx;
  if (ingest !== undefined && !canBeId(ingest.dataset)) return null;
  const workerId = await seeWorker(db, { apiKeyId: caller.apiKeyId, ...worker });
  const take = async (tx: Executor) => {
    const row = await pick(tx, ingest);
    if (row === null) return null;
    const { token, hash } = newAttemptToken();
    const { datasetId, version } = row;
    const number = row.attempt + 1;
    await tx.insert(ingestAttempt).values({ datasetId, version, number, tokenHash: hash, workerId });
    // An attempt begins from the start: what an earlier one said of the images is void.
    if (row.attempt > 0) await dropRows(tx, row);
    await tx
      .update(datasetVersion)
      .set({
        status: 'importing',
        attempt: number,
        leaseExpiresAt: secondsFromNow(settings.leaseSeconds),
        launchedAt: null,
        progress: null,
        startedAt: row.startedAt ?? sql`now()`,
      })
      .where(isVersion(datasetId, version));
    await notify(tx, 'version', `${datasetId}/${version}`);
    const [of] = await tx.select({ name: dataset.name }).from(dataset).where(eq(dataset.id, datasetId));
    return { row, number, token, name: of?.name ?? '' };
  };
  // At once they would all find the same owner to have fewest.
  const claimed = await inTurn(db, () => db.transaction(take));
  if (claimed === null) return null;
  const { row, number, token, name } = claimed;
  return {
    dataset: row.datasetId,
    version: row.version,
    attempt: number,
    attemptToken: token,
    leaseSeconds: settings.leaseSeconds,
    heartbeatSeconds: settings.heartbeatSeconds,
    name,
    source: await signSource(ctx, row),
    options: row.options,
    limits: defaultIngestLimits,
  };
}

/** Imports of the owner of the data set that a version is of. */
const ofSameOwner = sql`from dataset_version other join dataset theirs on theirs.id = other.dataset_id join dataset own on own.owner_id = theirs.owner_id where own.id = ${datasetVersion.datasetId}`;
const underWay = sql`(select count(*) ${ofSameOwner} and other.status = 'importing')`;
const servedAt = sql`(select max(latest.started_at) from ingest_attempt latest join dataset theirs on theirs.id = latest.dataset_id join dataset own on own.owner_id = theirs.owner_id where own.id = ${datasetVersion.datasetId})`;

async function pick(tx: Executor, wanted: IngestTarget | undefined): Promise<DatasetVersionRow | null> {
  const [row] = await tx
    .select()
    .from(datasetVersion)
    .where(
      and(
        // Spelled out, not as parameters: only so does the planner see that the queue's partial index serves.
        sql`${datasetVersion.status} in ('queued', 'launching')`,
        lte(datasetVersion.availableAt, sql`now()`),
        wanted === undefined ? undefined : isVersion(wanted.dataset, wanted.version),
      ),
    )
    .orderBy(underWay, sql`greatest(${servedAt}, ${datasetVersion.createdAt})`, asc(datasetVersion.createdAt), asc(datasetVersion.datasetId), asc(datasetVersion.version))
    .limit(1)
    .for('update', { skipLocked: true });
  return row ?? null;
}

async function dropRows(tx: Executor, { datasetId, version }: DatasetVersionRow): Promise<void> {
  await tx.execute(sql`set local statement_timeout = '60s'`);
  await tx.delete(datasetImage).where(and(eq(datasetImage.datasetId, datasetId), eq(datasetImage.version, version)));
  await tx.delete(quarantinedFile).where(and(eq(quarantinedFile.datasetId, datasetId), eq(quarantinedFile.version, version)));
}
