import { isTerminalVersion, type DatasetVersion } from '@thaw/contract/datasets';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { dropArchive } from '../ingests/endIngest.ts';
import { notify } from '../notify.ts';
import { lockOwnDataset } from './findDataset.ts';
import { lockVersion, type VersionInput } from './findVersion.ts';
import { presentVersion } from './presentVersion.ts';

/** Ends an import that waits at once; one that runs is asked to stop. Asking twice is harmless. */
export async function cancelVersion(ctx: Context, input: VersionInput): Promise<DatasetVersion> {
  return ctx.db.transaction(async (tx) => {
    await lockOwnDataset(tx, ctx.caller, input.id);
    const row = await lockVersion(tx, input);
    if (isTerminalVersion(row.status)) throw conflict(`The import has ended already (${row.status}); there is nothing to cancel.`);
    const stopRequestedAt = row.stopRequestedAt ?? sql`now()`;
    const waits = row.status !== 'importing';
    const change = waits ? ({ stopRequestedAt, status: 'cancelled', launchedAt: null, finishedAt: sql`now()` } as const) : { stopRequestedAt };
    const [changed] = await tx.update(datasetVersion).set(change).where(isVersion(row.datasetId, row.version)).returning();
    if (waits) await dropArchive(tx, row);
    await notify(tx, 'version', `${row.datasetId}/${row.version}`);
    return presentVersion(tx, ctx.storage, changed ?? row);
  });
}
