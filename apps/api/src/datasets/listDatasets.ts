import type { Dataset } from '@thaw/contract/datasets';
import { dataset } from '@thaw/db/schema/dataset';
import { and, asc, gt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { visibleDatasets, withVersions } from './findDataset.ts';
import { presentDataset } from './presentDataset.ts';

/** Data sets that the caller may see, in the order of their ids, page by page. The cursor is the last id. */
export async function listDatasets(
  ctx: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: Dataset[]; nextCursor: string | null }> {
  if (cursor !== undefined && !canBeId(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const after = cursor === undefined ? undefined : gt(dataset.id, cursor);
  const rows = await ctx.db
    .select()
    .from(dataset)
    .where(and(visibleDatasets(ctx.caller), after))
    .orderBy(asc(dataset.id))
    .limit(limit + 1);
  const items = (await withVersions(ctx.db, rows.slice(0, limit))).map(presentDataset);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
