import { datasetPrefix } from '@thaw/contract/storageKeys';
import { dataset } from '@thaw/db/schema/dataset';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { removal } from '@thaw/db/schema/removal';
import { upload } from '@thaw/db/schema/upload';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { secondsFromNow } from '../attempts/lease.ts';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { lateWriteSeconds } from '../ingests/endIngest.ts';
import { notify } from '../notify.ts';
import { countRuns, usedBy } from './countRuns.ts';
import { lockOwnDataset } from './findDataset.ts';

/** Removes a data set that no run uses, with its versions and uploads. The sweep takes its objects out of the storage. */
export async function deleteDataset(ctx: Omit<Context, 'settings'>, { id }: { id: string }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const { name } = await lockOwnDataset(tx, ctx.caller, id);
    const versions = await tx.select({ status: datasetVersion.status, version: datasetVersion.version }).from(datasetVersion).where(eq(datasetVersion.datasetId, id)).for('update');
    const runs = await countRuns(tx, { id });
    if (runs > 0) throw conflict(`The data set is in use: ${usedBy(runs)}. Delete what uses it first.`);
    if (versions.some(({ status }) => status === 'importing')) throw conflict('A version of the data set is being imported. Cancel that first and delete the data set once it has ended.');
    const open = await tx
      .select({ key: upload.key, storageUploadId: upload.storageUploadId })
      .from(upload)
      .where(and(eq(upload.datasetId, id), inArray(upload.status, ['open', 'completing'])));
    await tx.execute(sql`set local statement_timeout = '60s'`);
    await tx.delete(dataset).where(eq(dataset.id, id));
    await recordAct(tx, ctx.caller, { ownerId: ctx.caller.userId, action: 'dataset_deleted', subject: id, details: { name, versions: versions.length } });
    await tx.insert(removal).values([
      ...open.map(({ key, storageUploadId }) => ({ prefix: key, storageUploadId })),
      { prefix: datasetPrefix(id) },
      // Again once no address that was given out works any more.
      { prefix: datasetPrefix(id), dueAt: secondsFromNow(lateWriteSeconds) },
    ]);
    for (const { version } of versions) await notify(tx, 'version', `${id}/${version}`);
  });
}
