import type { AuditAction, AuditEvent } from '@thaw/contract/audit';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { ApiError, invalid } from '../errors.ts';

export interface ListAuditInput {
  limit: number;
  cursor?: string | undefined;
  /** What was done to anybody's things. For administrators. */
  everyone?: boolean | undefined;
  /** What was done to the things of this user. For administrators, where it is someone else. */
  owner?: string | undefined;
  action?: AuditAction | undefined;
}

/** What was done to the caller's keys and things (or to others'), newest first. The cursor is the id of the last. */
export async function listAudit(
  { db, caller }: Context,
  { limit, cursor, everyone = false, owner = caller.userId, action }: ListAuditInput,
): Promise<{ items: AuditEvent[]; nextCursor: string | null }> {
  if ((everyone || owner !== caller.userId) && caller.role !== 'administrator')
    throw new ApiError('forbidden', 'What was done to the things of others is shown to administrators. Leave out everyone and owner to see your own.');
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const rows = await db
    .select()
    .from(auditEvent)
    .where(
      and(
        everyone ? undefined : eq(auditEvent.ownerId, owner),
        action && eq(auditEvent.action, action),
        cursor === undefined ? undefined : lt(auditEvent.id, Number(cursor)),
      ),
    )
    .orderBy(desc(auditEvent.id))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const items = rows.slice(0, limit).map(({ id, at, ownerId, actor, action: done, subject, details }) => ({ id, at: at.toISOString(), owner: ownerId, actor, action: done, subject, details }));
  return { items, nextCursor: last === undefined ? null : String(last.id) };
}
