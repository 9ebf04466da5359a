import type { ChangeUserRequest, UserOverview } from '@thaw/contract/accounts';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { session } from '@thaw/db/schema/session';
import { user } from '@thaw/db/schema/user';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict, notFound } from '../errors.ts';
import { canBeId } from '../ids.ts';
import { presentUser } from './listUsers.ts';

/**
 * Gives a person another role, or shuts them out: their keys and sessions open nothing from the next request on. Their runs go on.
 * One at a time, so that two administrators cannot take the role from each other.
 * @throws conflict where no administrator would be left who can come in
 */
export async function changeUser({ db, caller }: Context, { id, role, disabled }: { id: string } & ChangeUserRequest): Promise<UserOverview> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${advisoryLocks.administrators})`);
    const [before] = canBeId(id) ? await tx.select().from(user).where(and(eq(user.id, id), isNull(user.deletedAt))).for('update') : [];
    if (before === undefined) throw notFound('user', 'Check the id.');
    const changes = {
      ...(role !== undefined && role !== before.role && { role }),
      ...(disabled !== undefined && disabled !== (before.disabledAt !== null) && { disabledAt: disabled ? sql`now()` : null }),
    };
    if (Object.keys(changes).length === 0) return presentUser(before);
    const [after] = await tx.update(user).set({ ...changes, updatedAt: sql`now()` }).where(eq(user.id, id)).returning();
    if (after === undefined) throw notFound('user', 'Check the id.');
    const [left] = await tx.select({ id: user.id }).from(user).where(and(eq(user.role, 'administrator'), isNull(user.disabledAt))).limit(1);
    if (left === undefined) throw conflict('No administrator would be left. Make someone else one first.');

    const details = { email: after.email };
    if ('role' in changes) await recordAct(tx, caller, { ownerId: id, action: 'role_changed', subject: id, details: { ...details, from: before.role, to: after.role } });
    if ('disabledAt' in changes) {
      if (after.disabledAt !== null) await tx.delete(session).where(eq(session.userId, id));
      await recordAct(tx, caller, { ownerId: id, action: after.disabledAt === null ? 'user_enabled' : 'user_disabled', subject: id, details });
    }
    return presentUser(after);
  });
}
