import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { account } from '@thaw/db/schema/account';
import { apiKey } from '@thaw/db/schema/apiKey';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { invitation } from '@thaw/db/schema/invitation';
import { session } from '@thaw/db/schema/session';
import { user } from '@thaw/db/schema/user';
import { verification } from '@thaw/db/schema/verification';
import { webhook } from '@thaw/db/schema/webhook';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { recordAct } from '../audit/recordAct.ts';
import type { Context } from '../context.ts';
import { conflict, unauthorized } from '../errors.ts';
import { stopWork } from './stopWork.ts';

/**
 * Deletes the caller's account: nobody comes in with it from here on, their name and address are gone, and what they had running is
 * cancelled. Their runs, data sets and the rest are deleted by the sweep, which has to wait for what still runs.
 * @throws conflict where no administrator would be left
 */
export async function closeAccount({ db, caller }: Context): Promise<void> {
  const id = caller.userId;
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${advisoryLocks.administrators})`);
    const [row] = await tx.select().from(user).where(and(eq(user.id, id), isNull(user.deletedAt))).for('update');
    if (row === undefined) throw unauthorized();
    const closed = { email: `${id}@deleted.invalid`, name: '-', image: null, emailVerified: false, role: 'user', disabledAt: sql`now()`, deletedAt: sql`now()`, updatedAt: sql`now()` } as const;
    await tx.update(user).set(closed).where(eq(user.id, id));
    const [left] = await tx.select({ id: user.id }).from(user).where(and(eq(user.role, 'administrator'), isNull(user.disabledAt))).limit(1);
    if (row.role === 'administrator' && left === undefined)
      throw conflict('You are the only administrator: without you nobody could look after this service. Make someone else an administrator first, then delete your account.');
    await tx.delete(session).where(eq(session.userId, id));
    await tx.delete(account).where(eq(account.userId, id));
    await tx.delete(verification).where(eq(verification.value, id));
    await tx.delete(apiKey).where(eq(apiKey.ownerId, id));
    await tx.delete(webhook).where(eq(webhook.ownerId, id));
    await tx.delete(invitation).where(and(eq(invitation.createdBy, id), isNull(invitation.acceptedAt)));
    await stopWork(tx, id);
    // What was done stays in the log; who it was, and from where, does not.
    await tx.update(auditEvent).set({ details: sql`(${auditEvent.details}::jsonb - 'email' - 'address')::json` }).where(eq(auditEvent.ownerId, id));
    await recordAct(tx, caller, { ownerId: id, action: 'account_deleted', subject: id, details: {} });
  });
}
