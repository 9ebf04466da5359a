import { createRoute } from '@hono/zod-openapi';
import { changeAddressReply, changeAddressRequest, deleteAccountRequest } from '@thaw/contract/accounts';
import type { Context as HonoContext } from 'hono';
import { mailCounters, passwordCounters } from '../accounts/attemptLimits.ts';
import { changeAddress } from '../accounts/changeAddress.ts';
import { clientGroup } from '../accounts/clientAddress.ts';
import { closeAccount } from '../accounts/closeAccount.ts';
import { countAttempt, forgetAttempts } from '../accounts/countAttempt.ts';
import { getAccount } from '../accounts/getAccount.ts';
import { ApiError } from '../errors.ts';
import { askAuth } from './askAuth.ts';
import { authenticateOwner } from './authenticate.ts';
import { addressOf } from './client.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App, type AppEnv } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';

const signedIn = { tags: ['Signing in'], security: [{ session: [] }] };

const routes = {
  changeAddress: createRoute({
    ...signedIn,
    method: 'post',
    path: '/auth/change-email',
    summary: 'Change the address',
    description: 'Takes a session, not a key. Where mails are sent, the new address counts once the link in the mail that goes there is followed; the old one is told of it.',
    middleware: [authenticateOwner, jsonBody] as const,
    request: { body: jsonRequest(changeAddressRequest) },
    responses: { 200: json(changeAddressReply, 'Changed, or a mail is on its way'), ...problems },
  }),
  deleteAccount: createRoute({
    ...signedIn,
    method: 'post',
    path: '/auth/delete-account',
    summary: 'Delete the account, with all that is its own',
    description: 'Takes a session, not a key. At once nobody comes in with it any more, and what runs is cancelled; runs, data sets, models and uploads are deleted within minutes. It cannot be taken back. There is always an administrator left.',
    middleware: [authenticateOwner, jsonBody] as const,
    request: { body: jsonRequest(deleteAccountRequest) },
    responses: { 204: { description: 'The account is deleted' }, ...problems },
  }),
};

/** What who is signed in does to the account itself: each time the password is asked for. */
export function addOwnAccountRoutes(app: App): void {
  app.openapi(routes.changeAddress, async (c) => {
    const { newEmail, currentPassword } = c.req.valid('json');
    const ctx = ownerContext(c);
    await requirePassword(c, currentPassword, 'An address');
    if (c.get('accounts').settings.mail === null) {
      await changeAddress(ctx, { email: newEmail });
      return c.json({ status: 'changed' as const }, 200);
    }
    await countAttempt(ctx.db, mailCounters(newEmail, clientGroup(addressOf(c))));
    await askAuth(c, { act: 'other', userId: ctx.caller.userId }, (auth, headers) => auth.api.changeEmail({ body: { newEmail }, headers, asResponse: true }));
    return c.json({ status: 'confirm-address' as const }, 200);
  });

  app.openapi(routes.deleteAccount, async (c) => {
    await requirePassword(c, c.req.valid('json').currentPassword, 'An account');
    await closeAccount(ownerContext(c));
    // The browser forgets its cookie.
    await askAuth(c, { act: 'other' }, (auth, headers) => auth.api.signOut({ headers, asResponse: true }));
    return c.body(null, 204);
  });
}

/** Has who is signed in type the password once more, before something that a borrowed browser must not do. @throws ApiError where it is wrong */
async function requirePassword(c: HonoContext<AppEnv>, password: string, what: string): Promise<void> {
  const { caller, db } = ownerContext(c);
  if (caller.via.kind !== 'session') throw new ApiError('forbidden', `${what} is changed by who is signed in, not with a key. Sign in first.`);
  const { account } = passwordCounters(caller.userId, '');
  await countAttempt(db, [account]);
  const { signIn } = await getAccount(ownerContext(c), c.get('accounts').settings);
  if (!signIn.includes('password')) throw new ApiError('conflict', 'This account has no password. Sign out and ask for a new password to choose one.');
  await askAuth(c, { act: 'other', userId: caller.userId }, (auth, headers) => auth.api.verifyPassword({ body: { password }, headers, asResponse: true }));
  await forgetAttempts(db, [account]);
}
