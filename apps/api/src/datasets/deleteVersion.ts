import { isTerminalVersion } from '@thaw/contract/datasets';
import { versionPrefix } from '@thaw/contract/storageKeys';
import type { Executor } from '@thaw/db/client';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { removal } from '@thaw/db/schema/removal';
import { and, eq, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { isVersion } from '../ingests/currentVersion.ts';
import { dropArchive, lateWriteSeconds } from '../ingests/endIngest.ts';
import { notify } from '../notify.ts';
import { countRuns, usedBy } from './countRuns.ts';
import { lockOwnDataset } from './findDataset.ts';
import { lockVersion, type VersionInput } from './findVersion.ts';

/** Removes a version that no run uses. Its objects are taken out of the storage by the sweep: no row ever names one that is gone. */
export async function deleteVersion(ctx: Context, { id, version }: VersionInput): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const { name } = await lockOwnDataset(tx, ctx.caller, id);
    const row = await lockVersion(tx, { id, version });
    if (!isTerminalVersion(row.status)) throw conflict(`The version is ${row.status}. Cancel its import first and delete it once that has ended.`);
    const runs = await countRuns(tx, { id, version });
    if (runs > 0) throw conflict(`The version is in use: ${usedBy(runs)}. Delete what uses it first.`);
    const heirs = await unfinishedHeirs(tx, row);
    if (heirs > 0) throw conflict('A newer version is being made of this one. Wait for it, or cancel it first.');
    await tx.execute(sql`set local statement_timeout = '60s'`);
    await tx.delete(datasetVersion).where(isVersion(id, version));
    await recordAct(tx, ctx.caller, { ownerId: ctx.caller.userId, action: 'dataset_version_deleted', subject: id, details: { name, version } });
    const prefix = versionPrefix(id, version);
    // Again once no address that was given out, for previews of it too, works any more.
    await tx.insert(removal).values([{ prefix }, { prefix, dueAt: secondsFromNow(lateWriteSeconds) }]);
    await dropArchive(tx, row);
    await notify(tx, 'version', `${id}/${version}`);
  });
}

/** Versions whose import still needs this one's packs. */
async function unfinishedHeirs(tx: Executor, { datasetId, version }: { datasetId: string; version: number }): Promise<number> {
  const rows = await tx
    .select({ version: datasetVersion.version })
    .from(datasetVersion)
    .where(
      and(
        eq(datasetVersion.datasetId, datasetId),
        sql`${datasetVersion.status} in ('queued', 'launching', 'importing')`,
        sql`${datasetVersion.source} ->> 'kind' = 'edit' and (${datasetVersion.source} ->> 'from')::int = ${version}`,
      ),
    );
  return rows.length;
}
