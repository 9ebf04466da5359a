import type { QuarantinedFile } from '@thaw/contract/datasets';
import { quarantinedFile } from '@thaw/db/schema/datasetImage';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { findVersion, type VersionInput } from './findVersion.ts';

/** Files of the upload that were not taken, and why, in the order in which they came. The cursor is the place of the last. */
export async function listQuarantined(
  ctx: Context,
  { limit, cursor, ...of }: VersionInput & { limit: number; cursor?: string | undefined },
): Promise<{ items: QuarantinedFile[]; nextCursor: string | null }> {
  const { datasetId, version } = await findVersion(ctx.db, ctx.caller, of);
  const [, seq, position] = /^(\d{1,9})-(\d{1,9})$/.exec(cursor ?? '') ?? [];
  if (cursor !== undefined && seq === undefined) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const rows = await ctx.db
    .select()
    .from(quarantinedFile)
    .where(
      and(
        eq(quarantinedFile.datasetId, datasetId),
        eq(quarantinedFile.version, version),
        cursor === undefined ? undefined : sql`(${quarantinedFile.seq}, ${quarantinedFile.position}) > (${Number(seq)}, ${Number(position)})`,
      ),
    )
    .orderBy(asc(quarantinedFile.seq), asc(quarantinedFile.position))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(({ path, code, message, facts }) => ({ path, code, message, ...(facts !== null && { facts }) })), nextCursor: last === undefined ? null : `${last.seq}-${last.position}` };
}
