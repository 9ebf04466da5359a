import type { AuditEvent } from '@thaw/contract/audit';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';

/** What was done to the caller's keys and things, newest first. The cursor is the id of the last. */
export async function listAudit(ctx: Context, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<{ items: AuditEvent[]; nextCursor: string | null }> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const rows = await ctx.db
    .select()
    .from(auditEvent)
    .where(and(eq(auditEvent.ownerId, ctx.caller.userId), cursor === undefined ? undefined : lt(auditEvent.id, Number(cursor))))
    .orderBy(desc(auditEvent.id))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const items = rows.slice(0, limit).map(({ id, at, actor, action, subject, details }) => ({ id, at: at.toISOString(), actor, action, subject, details }));
  return { items, nextCursor: last === undefined ? null : String(last.id) };
}
