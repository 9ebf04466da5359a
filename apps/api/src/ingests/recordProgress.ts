import type { ingestHeartbeatRequest } from '@thaw/contract/ingest';
import type { heartbeatReply } from '@thaw/contract/worker';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { ingestAttempt } from '@thaw/db/schema/ingestAttempt';
import { worker } from '@thaw/db/schema/worker';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { secondsFromNow } from '../attempts/lease.ts';
import type { Context, IngestCaller } from '../context.ts';
import { staleAttempt } from '../errors.ts';
import { notify } from '../notify.ts';
import { checkIngestAttempt, isCurrent } from './currentVersion.ts';

/** Keeps the lease, takes down how far the import is, and tells the worker whether to go on. */
export async function recordProgress(
  { db, caller, settings }: Context<IngestCaller>,
  { attempt, progress }: z.infer<typeof ingestHeartbeatRequest>,
): Promise<z.infer<typeof heartbeatReply>> {
  checkIngestAttempt(caller, attempt);
  const [row] = await db
    .update(datasetVersion)
    .set({ leaseExpiresAt: secondsFromNow(settings.leaseSeconds), progress })
    .where(isCurrent(caller))
    .returning({ stopRequestedAt: datasetVersion.stopRequestedAt });
  if (row === undefined) throw staleAttempt();
  const mine = and(
    eq(ingestAttempt.datasetId, caller.datasetId),
    eq(ingestAttempt.version, caller.version),
    eq(ingestAttempt.number, caller.attempt),
    eq(ingestAttempt.workerId, worker.id),
  );
  await db.update(worker).set({ lastSeenAt: sql`now()` }).from(ingestAttempt).where(mine);
  await notify(db, 'version', `${caller.datasetId}/${caller.version}`);
  return { action: row.stopRequestedAt === null ? 'continue' : 'stop' };
}
