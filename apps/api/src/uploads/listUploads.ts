import type { Upload } from '@thaw/contract/uploads';
import { dataset } from '@thaw/db/schema/dataset';
import { upload } from '@thaw/db/schema/upload';
import { and, desc, eq, gt, or, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { isUnderWay, ofOwner } from './findUpload.ts';
import { showUpload } from './getUpload.ts';

const most = 100;

/** The caller's uploads under way, and those completed within a day, newest first: what a client looks through to go on after a break. */
export async function listUploads(ctx: Context): Promise<{ items: Upload[] }> {
  const lately = and(eq(upload.status, 'completed'), gt(upload.finishedAt, sql`now() - interval '1 day'`));
  const rows = await ctx.db
    .select({ row: upload, datasetName: dataset.name })
    .from(upload)
    .innerJoin(dataset, eq(dataset.id, upload.datasetId))
    .where(and(ofOwner(ctx.caller), or(isUnderWay, lately)))
    .orderBy(desc(upload.createdAt), desc(upload.id))
    .limit(most);
  const items = await Promise.all(rows.map((found) => showUpload(ctx, found)));
  return { items: items.filter(({ status }) => status !== 'dropped') };
}
