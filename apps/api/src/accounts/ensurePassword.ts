import type { Database } from '@thaw/db/client';
import { account } from '@thaw/db/schema/account';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { and, eq } from 'drizzle-orm';
import { newId } from '../ids.ts';

/** Gives a person who has no password this one. @returns whether it is the one that they have now: they may have chosen another */
export async function ensurePassword({ db }: { db: Database }, { userId, password }: { userId: string; password: string }): Promise<boolean> {
  const [existing] = await db
    .select({ hash: account.password })
    .from(account)
    .where(and(eq(account.userId, userId), eq(account.providerId, 'credential')));
  if (existing?.hash != null) return verifyPassword({ hash: existing.hash, password });
  const hash = await hashPassword(password);
  await db
    .insert(account)
    .values({ id: newId('account'), userId, providerId: 'credential', accountId: userId, password: hash })
    .onConflictDoNothing();
  return true;
}
