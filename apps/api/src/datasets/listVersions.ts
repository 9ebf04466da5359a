import type { DatasetVersion } from '@thaw/contract/datasets';
import { datasetVersion } from '@thaw/db/schema/datasetVersion';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid, notFound } from '../errors.ts';
import { findDataset } from './findDataset.ts';
import { presentVersion } from './presentVersion.ts';

/** Versions of a data set, newest first, page by page. The cursor is the number of the last. */
export async function listVersions(
  ctx: Context,
  { id, limit, cursor }: { id: string; limit: number; cursor?: string | undefined },
): Promise<{ items: DatasetVersion[]; nextCursor: string | null }> {
  if ((await findDataset(ctx.db, ctx.caller, id)) === null) throw notFound('data set with this id');
  if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const rows = await ctx.db
    .select()
    .from(datasetVersion)
    .where(and(eq(datasetVersion.datasetId, id), cursor === undefined ? undefined : lt(datasetVersion.version, Number(cursor))))
    .orderBy(desc(datasetVersion.version))
    .limit(limit + 1);
  const items = await Promise.all(rows.slice(0, limit).map((row) => presentVersion(ctx.db, ctx.storage, row)));
  return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.version) : null };
}
