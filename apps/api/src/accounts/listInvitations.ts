import type { Invitation } from '@thaw/contract/accounts';
import { invitation } from '@thaw/db/schema/invitation';
import { desc, eq, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';

/** All invitations, newest first. Those that have expired go after 30 days. For administrators. */
export async function listInvitations(
  { db }: Context,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: Invitation[]; nextCursor: string | null }> {
  if (cursor !== undefined && !canBeId(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const last = db.select({ createdAt: invitation.createdAt, id: invitation.id }).from(invitation).where(eq(invitation.id, cursor ?? ''));
  const rows = await db
    .select()
    .from(invitation)
    .where(cursor === undefined ? undefined : sql`(${invitation.createdAt}, ${invitation.id}) < (${last})`)
    .orderBy(desc(invitation.createdAt), desc(invitation.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(presentInvitation);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export const presentInvitation = ({ id, email, createdAt, expiresAt, createdBy, acceptedBy, acceptedAt }: typeof invitation.$inferSelect): Invitation => ({
  id,
  email,
  status: acceptedAt !== null ? 'accepted' : expiresAt.getTime() <= Date.now() ? 'expired' : 'open',
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  createdBy,
  acceptedBy,
});
