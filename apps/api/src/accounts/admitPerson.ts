import type { SignUpMode, UserRole } from '@thaw/contract/accounts';
import type { Executor } from '@thaw/db/client';
import { advisoryLocks } from '@thaw/db/advisoryLocks';
import { account } from '@thaw/db/schema/account';
import { invitation } from '@thaw/db/schema/invitation';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { hashToken } from '../auth/tokens.ts';

export type Refusal = 'SIGN_UP_CLOSED' | 'INVITATION_NEEDED' | 'INVITATION_INVALID';

export interface Admission {
  role: UserRole;
  /** The address needs no mail: an administrator has named it, or there is nobody yet whom it could deceive. */
  verified: boolean;
  invitationId: string | null;
}

/** Whether nobody has a way to sign in yet. People who only have keys do not count. */
export async function nobodySignsIn(db: Executor): Promise<boolean> {
  const [any] = await db.select({ one: sql`1` }).from(account).limit(1);
  return any === undefined;
}

/**
 * Decides on a person who wants to sign up, in the transaction that makes them. One at a time, so that of two who come first
 * at once only one becomes the administrator, and an invitation serves one.
 */
export async function admitPerson(tx: Executor, { email, token, mode }: { email: string; token: string | null; mode: SignUpMode }): Promise<Admission | Refusal> {
  await tx.execute(sql`select pg_advisory_xact_lock(${advisoryLocks.signUp})`);
  if (await nobodySignsIn(tx)) return { role: 'administrator', verified: true, invitationId: null };
  if (mode === 'closed') return 'SIGN_UP_CLOSED';
  if (token === null) return mode === 'open' ? { role: 'user', verified: false, invitationId: null } : 'INVITATION_NEEDED';
  const [accepted] = await tx
    .update(invitation)
    .set({ acceptedAt: sql`now()` })
    .where(
      and(
        eq(invitation.tokenHash, hashToken(token)),
        isNull(invitation.acceptedAt),
        gt(invitation.expiresAt, sql`now()`),
        or(isNull(invitation.email), eq(invitation.email, email)),
      ),
    )
    .returning({ id: invitation.id, email: invitation.email });
  return accepted === undefined ? 'INVITATION_INVALID' : { role: 'user', verified: accepted.email !== null, invitationId: accepted.id };
}
