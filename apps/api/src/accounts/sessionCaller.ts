import type { PersonScope } from '@thaw/contract/apiKeys';
import type { OwnerCaller } from '../context.ts';
import type { Accounts } from './openAccounts.ts';

const scopes: readonly PersonScope[] = ['read', 'runs', 'datasets', 'admin'];

const cookieName = 'thaw.session_token=';

/** Whether a browser sends a session. Nothing is said about its worth. */
export const hasSession = (cookie: string | undefined): boolean => cookie?.includes(cookieName) === true;

/**
 * Whose session the cookie is, or null: also where it has ended or that person is disabled. It is read from the database each time.
 * @returns also the cookies that the browser is to keep: a session that is used lives on
 */
export async function sessionCaller(accounts: Accounts, headers: Headers): Promise<{ caller: OwnerCaller | null; cookies: string[] }> {
  const auth = await accounts.auth();
  const { response: found, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true });
  const cookies = answered.getSetCookie();
  if (found === null || (found.user.disabledAt ?? null) !== null) return { caller: null, cookies };
  const role = found.user.role === 'administrator' ? 'administrator' : 'user';
  return { caller: { kind: 'owner', userId: found.user.id, scopes, role, via: { kind: 'session', id: found.session.id } }, cookies };
}
