import type { Run } from '@thaw/contract/runs';
import type { RunStatus } from '@thaw/contract/runStatus';
import { run } from '@thaw/db/schema/run';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { presentRun } from './presentRun.ts';

export interface ListRunsInput {
  limit: number;
  cursor?: string | undefined;
  status?: RunStatus | undefined;
}

/** The caller's runs, newest first, page by page. A run that is added meanwhile neither repeats nor hides another. */
export async function listRuns(ctx: Context, { limit, cursor, status }: ListRunsInput): Promise<{ items: Run[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const rows = await ctx.db
    .select()
    .from(run)
    .where(
      and(
        eq(run.ownerId, ctx.caller.userId),
        status && eq(run.status, status),
        after && sql`(${run.createdAt}, ${run.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id})`,
      ),
    )
    .orderBy(desc(run.createdAt), desc(run.id))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map((row) => presentRun(row, ctx.storage)), nextCursor: last === undefined ? null : cursorOf(last) };
}
