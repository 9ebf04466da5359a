import type { Dataset } from '@thaw/contract/datasets';
import { dataset } from '@thaw/db/schema/dataset';
import { and, asc, gt } from 'drizzle-orm';
import { holds } from '../byPeople.ts';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { visibleDatasets, withVersions } from './findDataset.ts';
import { presentDataset } from './presentDataset.ts';

interface DatasetsQuery {
  limit: number;
  /** The last id of the page before. */
  cursor?: string | undefined;
  /** Part of a name. */
  search?: string | undefined;
}

/** Data sets that the caller may see, in the order of their ids, page by page. */
export async function listDatasets(ctx: Context, { limit, cursor, search }: DatasetsQuery): Promise<{ items: Dataset[]; nextCursor: string | null }> {
  if (cursor !== undefined && !canBeId(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const after = cursor === undefined ? undefined : gt(dataset.id, cursor);
  const rows = await ctx.db
    .select()
    .from(dataset)
    .where(and(visibleDatasets(ctx.caller), after, search === undefined ? undefined : holds(dataset.name, search)))
    .orderBy(asc(dataset.id))
    .limit(limit + 1);
  const items = (await withVersions(ctx.db, rows.slice(0, limit))).map(presentDataset);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
