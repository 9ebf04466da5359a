import type { UserOverview } from '@thaw/contract/accounts';
import { user } from '@thaw/db/schema/user';
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import { holds } from '../byPeople.ts';
import type { Context } from '../context.ts';
import { invalid } from '../errors.ts';
import { canBeId } from '../ids.ts';

interface UsersQuery {
  limit: number;
  /** The last id of the page before. */
  cursor?: string | undefined;
  /** Part of a name or an address. */
  search?: string | undefined;
}

/** All people, in the order in which they came. For administrators. */
export async function listUsers({ db }: Context, { limit, cursor, search }: UsersQuery): Promise<{ items: UserOverview[]; nextCursor: string | null }> {
  if (cursor !== undefined && !canBeId(cursor)) throw invalid([{ path: 'cursor', message: 'no page ended here; take nextCursor of the page before' }]);
  const before = db.select({ createdAt: user.createdAt, id: user.id }).from(user).where(eq(user.id, cursor ?? ''));
  const rows = await db
    .select()
    .from(user)
    .where(
      and(
        isNull(user.deletedAt),
        cursor === undefined ? undefined : sql`(${user.createdAt}, ${user.id}) > (${before})`,
        search === undefined ? undefined : or(holds(user.name, search), holds(user.email, search)),
      ),
    )
    .orderBy(asc(user.createdAt), asc(user.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(presentUser);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export const presentUser = ({ id, name, email, emailVerified, role, disabledAt, createdAt }: typeof user.$inferSelect): UserOverview => ({
  id,
  name,
  email,
  emailVerified,
  role,
  disabled: disabledAt !== null,
  createdAt: createdAt.toISOString(),
});
