import type { Database } from '@thaw/db/client';
import { invitation } from '@thaw/db/schema/invitation';
import { rateLimit } from '@thaw/db/schema/rateLimit';
import { session } from '@thaw/db/schema/session';
import { verification } from '@thaw/db/schema/verification';
import { and, isNull, lt, sql } from 'drizzle-orm';

/** Removes what has run out: sessions, links of mails, counts of attempts, and invitations a month later. @returns how many rows */
export async function sweepAccounts({ db }: { db: Database }): Promise<number> {
  const now = sql`now()`;
  const swept = await Promise.all([
    db.delete(session).where(lt(session.expiresAt, now)).returning({ id: session.id }),
    db.delete(verification).where(lt(verification.expiresAt, now)).returning({ id: verification.id }),
    db.delete(rateLimit).where(lt(rateLimit.endsAt, now)).returning({ key: rateLimit.key }),
    db
      .delete(invitation)
      .where(and(isNull(invitation.acceptedAt), lt(invitation.expiresAt, sql`now() - interval '30 days'`)))
      .returning({ id: invitation.id }),
  ]);
  return swept.reduce((sum, rows) => sum + rows.length, 0);
}
