import type { Executor } from '@thaw/db/client';
import { user } from '@thaw/db/schema/user';
import { verification } from '@thaw/db/schema/verification';
import { and, eq, ne, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context, OwnerCaller } from '../context.ts';
import { invalid } from '../errors.ts';

/** Gives the caller another address at once: where no mails are sent nobody's address is confirmed. It counts as not confirmed. */
export async function changeAddress({ db, caller }: Context, { email }: { email: string }): Promise<void> {
  await db.transaction(async (tx) => {
    const [taken] = await tx.select({ id: user.id }).from(user).where(and(eq(user.email, email), ne(user.id, caller.userId)));
    if (taken !== undefined) throw invalid([{ path: 'newEmail', message: 'has an account already' }]);
    await tx.update(user).set({ email, emailVerified: false, updatedAt: sql`now()` }).where(eq(user.id, caller.userId));
    await noteNewAddress(tx, caller);
  });
}

/** Notes that an account has another address. What was mailed to the old one, such as a link for a new password, opens nothing any more. */
export async function noteNewAddress(tx: Executor, actor: OwnerCaller | { userId: string }): Promise<void> {
  const { userId } = actor;
  await tx.delete(verification).where(eq(verification.value, userId));
  await recordAct(tx, actor, { ownerId: userId, action: 'address_changed', subject: userId, details: {} });
}
