import type { Account } from '@thaw/contract/accounts';
import { account } from '@thaw/db/schema/account';
import { user } from '@thaw/db/schema/user';
import { eq } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { unauthorized } from '../errors.ts';
import type { AccountSettings } from './accountSettings.ts';

/** Who is calling, and by what. */
export async function getAccount({ db, caller }: Context, { signUp }: Pick<AccountSettings, 'signUp'>): Promise<Account> {
  const [[person], ways] = await Promise.all([
    db.select().from(user).where(eq(user.id, caller.userId)),
    db.select({ provider: account.providerId }).from(account).where(eq(account.userId, caller.userId)),
  ]);
  if (person === undefined) throw unauthorized();
  const { id, name, email, emailVerified, role, createdAt } = person;
  const providers = ways.map(({ provider }) => provider);
  return {
    id,
    name,
    email,
    emailVerified,
    role,
    createdAt: createdAt.toISOString(),
    signIn: [...(providers.includes('credential') ? ['password' as const] : []), ...(providers.includes('github') ? ['github' as const] : [])],
    signUp,
    scopes: [...caller.scopes],
    via: caller.via.kind,
  };
}
