import type { DatasetVersion } from '@thaw/contract/datasets';
import { ingestFailurePolicies } from '@thaw/contract/ingestFailures';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { notify } from '../notify.ts';
import { lockOwner, requireRoomForBytes } from '../quotas/requireRoom.ts';
import { lockOwnDataset } from './findDataset.ts';
import { isThere, lockVersion, type VersionInput } from './findVersion.ts';
import { presentVersion } from './presentVersion.ts';

/** Queues an import again that failed for a reason which may have passed, with all its tries before it. */
export async function retryVersion(ctx: Context, input: VersionInput): Promise<DatasetVersion> {
  return ctx.db.transaction(async (tx) => {
    await lockOwner(tx, ctx);
    await lockOwnDataset(tx, ctx.caller, input.id);
    await requireRoomForBytes(tx, ctx, { more: 1, what: 'a version takes room of its own' });
    const row = await lockVersion(tx, input);
    if (row.failure === null) throw conflict(`The version is ${row.status}; only an import that has failed can be tried again.`);
    if (!ingestFailurePolicies[row.failure.code].retry) throw conflict(`Another try would end the same way. ${ingestFailurePolicies[row.failure.code].sentence}`);
    const { source } = row;
    if (source.kind === 'edit' && !(await isThere(tx, { id: row.datasetId, version: source.from })))
      throw conflict(`Another try would end the same way: version ${source.from}, of which it is made, has been deleted. Make a new version of another one.`);
    const [changed] = await tx
      .update(datasetVersion)
      .set({ status: 'queued', failure: null, finishedAt: null, stopRequestedAt: null, attemptsInVain: 0, progress: null, availableAt: sql`now()` })
      .where(isVersion(row.datasetId, row.version))
      .returning();
    await notify(tx, 'queue', row.datasetId);
    await notify(tx, 'version', `${row.datasetId}/${row.version}`);
    return presentVersion(tx, ctx.storage, changed ?? row);
  });
}
