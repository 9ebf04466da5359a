import type { Database } from '@thaw/db/client';
import { account } from '@thaw/db/schema/account';
import { user } from '@thaw/db/schema/user';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { and, eq } from 'drizzle-orm';
import { ensureUser } from '../auth/ensureUser.ts';
import { newId } from '../ids.ts';

/**
 * An administrator who has no need to sign up: on a machine of one's own. Made where missing, with this password.
 * @returns also whether that is the password they have now: they may have chosen another
 */
export async function ensureAdministrator(
  { db }: { db: Database },
  { email, name, password }: { email: string; name: string; password: string },
): Promise<{ id: string; hasPassword: boolean }> {
  const { id } = await ensureUser({ db }, { email, name, role: 'administrator' });
  await db.update(user).set({ role: 'administrator', emailVerified: true }).where(eq(user.id, id));
  const [existing] = await db
    .select({ hash: account.password })
    .from(account)
    .where(and(eq(account.userId, id), eq(account.providerId, 'credential')));
  const chosen = existing?.hash ?? null;
  if (chosen !== null) return { id, hasPassword: await verifyPassword({ hash: chosen, password }) };
  const hash = await hashPassword(password);
  await db.insert(account).values({ id: newId('account'), userId: id, providerId: 'credential', accountId: id, password: hash });
  return { id, hasPassword: true };
}
