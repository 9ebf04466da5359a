import type { browsedImage, ImageRow } from '@thaw/contract/datasets';
import type { ImageIssue } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import { datasetImage } from '@thaw/db/schema/datasetImage';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { findReadyVersion } from './findVersion.ts';

export interface ListImagesInput {
  id: string;
  /** Default: the newest that is ready. */
  version?: number | undefined;
  split?: Split | undefined;
  class?: string | undefined;
  issue?: ImageIssue | undefined;
  limit: number;
  cursor?: string | undefined;
}

type BrowsedImage = z.infer<typeof browsedImage>;

/** Images of a version by part and place in it, page by page. The cursor is the place of the last. */
export async function listImages(ctx: Context, input: ListImagesInput): Promise<{ version: number; items: BrowsedImage[]; nextCursor: string | null }> {
  const { datasetId, version } = await findReadyVersion(ctx.db, ctx.caller, input);
  const after = input.cursor === undefined ? undefined : readCursor(input.cursor);
  const rows = await ctx.db
    .select()
    .from(datasetImage)
    .where(
      and(
        eq(datasetImage.datasetId, datasetId),
        eq(datasetImage.version, version),
        input.split && eq(datasetImage.split, input.split),
        input.class === undefined ? undefined : eq(datasetImage.class, input.class),
        // The first half lets the planner see that the partial index serves.
        input.issue && sql`${datasetImage.issues} <> '{}' and ${datasetImage.issues} @> array[${input.issue}]`,
        after && sql`(${datasetImage.split}, ${datasetImage.row}) > (${after.split}, ${after.row})`,
      ),
    )
    .orderBy(asc(datasetImage.split), asc(datasetImage.row))
    .limit(input.limit + 1);
  const last = rows.length > input.limit ? rows[input.limit - 1] : undefined;
  const items = rows.slice(0, input.limit).map((row) => presentImage(row));
  return { version, items, nextCursor: last === undefined ? null : `${last.split}-${last.row}` };
}

function presentImage(found: typeof datasetImage.$inferSelect): BrowsedImage {
  const { datasetId, version, duplicateOfSplit, duplicateOfRow, ...row } = found;
  const duplicateOf: ImageRow['duplicateOf'] = duplicateOfSplit === null || duplicateOfRow === null ? null : { split: duplicateOfSplit, row: duplicateOfRow };
  const picture = `/v1/datasets/${datasetId}/versions/${version}/images/${row.split}/${row.row}`;
  return { ...row, duplicateOf, thumbnail: `${picture}/thumbnail`, image: `${picture}/full` };
}

function readCursor(cursor: string): { split: string; row: number } {
  const [, split, row] = /^(train|val|test)-(\d{1,9})$/.exec(cursor) ?? [];
  if (split === undefined) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  return { split, row: Number(row) };
}
