import { createRoute, z } from '@hono/zod-openapi';
import {
  addressRequest, authOptions, changePasswordRequest, confirmAddressRequest, passwordLength, resetPasswordRequest, signInRequest, signUpReply, signUpRequest, socialSignInRequest,
} from '@thaw/contract/accounts';
import { createMiddleware } from 'hono/factory';
import { nobodySignsIn } from '../accounts/admitPerson.ts';
import { mailCounters, passwordCounters, signUpCounters, tokenCounters } from '../accounts/attemptLimits.ts';
import { noteNewAddress } from '../accounts/changeAddress.ts';
import { clientGroup } from '../accounts/clientAddress.ts';
import { countAttempt, forgetAttempts, uncountAttempt } from '../accounts/countAttempt.ts';
import { forgetGuesses } from '../accounts/forgetGuesses.ts';
import { mailTokenClaims } from '../accounts/mailTokenClaims.ts';
import { recordFailedSignIn } from '../accounts/recordFailedSignIn.ts';
import { ApiError, notFound } from '../errors.ts';
import { askAuth } from './askAuth.ts';
import { authenticateOwner } from './authenticate.ts';
import { addressOf } from './client.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App, type AppEnv } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { requireOwnOrigin } from './requireOwnOrigin.ts';

/** No page elsewhere may sign anyone in or out, with a cookie or without. */
const ownOrigin = createMiddleware<AppEnv>(async (c, next) => {
  requireOwnOrigin(c, { always: true });
  await next();
});

const open = { tags: ['Signing in'], security: [] };
const done = (description: string) => ({ 204: { description }, ...problems });

const routes = {
  options: createRoute({
    ...open,
    method: 'get',
    path: '/auth/options',
    operationId: 'getSignInOptions',
    summary: 'How one can sign in and up here',
    responses: { 200: json(authOptions, 'What a page for signing in can offer'), ...problems },
  }),
  signUp: createRoute({
    ...open,
    method: 'post',
    path: '/auth/sign-up/email',
    summary: 'Sign up',
    description: 'The first person becomes an administrator. Where mails are sent, the address has to be confirmed first, and the answer does not tell whether it has an account.',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(signUpRequest) },
    responses: { 200: json(signUpReply, 'Signed in by a cookie, or a mail is on its way'), ...problems },
  }),
  signIn: createRoute({
    ...open,
    method: 'post',
    path: '/auth/sign-in/email',
    summary: 'Sign in',
    description: 'Sets the cookie `thaw.session_token` (HttpOnly, SameSite=Lax, Secure and named `__Secure-thaw.session_token` under https). Wrong passwords are limited by account and by address.',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(signInRequest) },
    responses: done('Signed in'),
  }),
  signInSocial: createRoute({
    ...open,
    method: 'post',
    path: '/auth/sign-in/social',
    summary: 'Begin to sign in or up with GitHub',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(socialSignInRequest) },
    responses: { 200: json(z.object({ url: z.string() }), 'Where to send the browser'), ...problems },
  }),
  callback: createRoute({
    ...open,
    method: 'get',
    path: '/auth/callback/github',
    summary: 'Where GitHub sends the browser back to',
    request: { query: z.object({ code: z.string().max(1000).optional(), state: z.string().max(1000).optional(), error: z.string().max(1000).optional() }) },
    responses: { 302: { description: 'To the dashboard: signed in, or with `?error=`' }, ...problems },
  }),
  signOut: createRoute({ ...open, method: 'post', path: '/auth/sign-out', summary: 'Sign this browser out', middleware: [ownOrigin] as const, responses: done('Signed out') }),
  requestReset: createRoute({
    ...open,
    method: 'post',
    path: '/auth/request-password-reset',
    summary: 'Have a link for a new password mailed',
    description: 'The answer does not tell whether the address has an account. The link works once, within an hour.',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(addressRequest) },
    responses: done('If the address has an account, a mail is on its way'),
  }),
  reset: createRoute({
    ...open,
    method: 'post',
    path: '/auth/reset-password',
    summary: 'Choose a new password with the token of such a link',
    description: 'Signs the person out everywhere.',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(resetPasswordRequest) },
    responses: done('The password is changed'),
  }),
  changePassword: createRoute({
    tags: open.tags,
    security: [{ session: [] }],
    method: 'post',
    path: '/auth/change-password',
    summary: 'Change the password',
    description: 'Takes a session, not a key. All other sessions end, and this one gets a new cookie.',
    middleware: [authenticateOwner, jsonBody] as const,
    request: { body: jsonRequest(changePasswordRequest) },
    responses: done('The password is changed'),
  }),
  requestConfirmation: createRoute({
    ...open,
    method: 'post',
    path: '/auth/send-verification-email',
    summary: 'Have the mail that confirms an address sent again',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(addressRequest) },
    responses: done('If the address waits to be confirmed, a mail is on its way'),
  }),
  confirm: createRoute({
    ...open,
    method: 'post',
    path: '/auth/verify-email',
    summary: 'Confirm an address with the token of such a mail',
    middleware: [ownOrigin, jsonBody] as const,
    request: { body: jsonRequest(confirmAddressRequest) },
    responses: done('The address is confirmed; now sign in'),
  }),
};

/** Signing in, up and out: what of better-auth is reachable, each with its limits and in our language. */
export function addAuthRoutes(app: App): void {
  app.openapi(routes.options, async (c) => {
    const { signUp, github, mail } = c.get('accounts').settings;
    return c.json({ signUp, first: await nobodySignsIn(c.get('base').db), github: github !== null, mail: mail !== null, password: { ...passwordLength } }, 200);
  });

  app.openapi(routes.signUp, async (c) => {
    const { invitation = null, ...person } = c.req.valid('json');
    await countAttempt(c.get('base').db, signUpCounters(clientGroup(addressOf(c))));
    const { response, scope } = await askAuth(c, { act: 'sign-up', invitation }, (auth, headers) => auth.api.signUpEmail({ body: person, headers, asResponse: true }));
    if (response.headers.has('set-cookie')) return c.json({ status: 'signed-in' as const }, 200);
    if (scope.signedUp?.verified !== true) return c.json({ status: 'confirm-address' as const }, 200);
    const { email, password } = person;
    await askAuth(c, { act: 'other' }, (auth, headers) => auth.api.signInEmail({ body: { email, password }, headers, asResponse: true }));
    return c.json({ status: 'signed-in' as const }, 200);
  });

  app.openapi(routes.signIn, async (c) => {
    const credentials = c.req.valid('json');
    const { email } = credentials;
    const { db } = c.get('base');
    const { pair, account, address } = passwordCounters(email, clientGroup(addressOf(c)));
    await countAttempt(db, [pair, account, address]);
    try {
      await askAuth(c, { act: 'sign-in' }, (auth, headers) => auth.api.signInEmail({ body: credentials, headers, asResponse: true }));
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'unauthorized') await recordFailedSignIn(db, { email, address: addressOf(c) });
      throw error;
    }
    await forgetAttempts(db, [pair]);
    for (const counter of [account, address]) await uncountAttempt(db, counter);
    return c.body(null, 204);
  });

  app.openapi(routes.signInSocial, async (c) => {
    const { provider, invitation, returnTo, errorTo } = c.req.valid('json');
    const { settings } = c.get('accounts');
    if (settings.github === null) throw notFound('such way to sign in', 'GET /auth/options says which there are.');
    await countAttempt(c.get('base').db, tokenCounters(clientGroup(addressOf(c))));
    const request = {
      provider,
      callbackURL: settings.publicUrl + returnTo,
      errorCallbackURL: settings.publicUrl + errorTo,
      disableRedirect: true,
      ...(invitation !== undefined && { additionalData: { invitation } }),
    };
    const { response } = await askAuth(c, { act: 'github' }, (auth, headers) => auth.api.signInSocial({ body: request, headers, asResponse: true }));
    return c.json(z.object({ url: z.string() }).parse(await response.json()), 200);
  });

  app.openapi(routes.callback, async (c) => {
    if (c.get('accounts').settings.github === null) throw notFound('such way to sign in', 'GET /auth/options says which there are.');
    const query = c.req.valid('query');
    const { response } = await askAuth(c, { act: 'github' }, (auth, headers) => auth.api.callbackOAuth({ method: 'GET', params: { id: 'github' }, query, headers, asResponse: true }));
    return c.redirect(response.headers.get('location') ?? c.get('accounts').settings.publicUrl, 302);
  });

  app.openapi(routes.signOut, async (c) => {
    await askAuth(c, { act: 'other' }, (auth, headers) => auth.api.signOut({ headers, asResponse: true }));
    return c.body(null, 204);
  });

  app.openapi(routes.requestReset, async (c) => {
    const { email } = c.req.valid('json');
    await countAttempt(c.get('base').db, mailCounters(email, clientGroup(addressOf(c))));
    await askAuth(c, { act: 'other' }, (auth, headers) => auth.api.requestPasswordReset({ body: { email }, headers, asResponse: true }));
    return c.body(null, 204);
  });

  app.openapi(routes.reset, async (c) => {
    const request = c.req.valid('json');
    await countAttempt(c.get('base').db, tokenCounters(clientGroup(addressOf(c))));
    const { scope } = await askAuth(c, { act: 'reset-password' }, (auth, headers) => auth.api.resetPassword({ body: request, headers, asResponse: true }));
    if (scope.userId !== null) await forgetGuesses(c.get('base').db, { userId: scope.userId, address: clientGroup(addressOf(c)) });
    return c.body(null, 204);
  });

  app.openapi(routes.changePassword, async (c) => {
    const { caller, db } = ownerContext(c);
    if (caller.via.kind !== 'session') throw new ApiError('forbidden', 'A password is changed by who is signed in, not with a key. Sign in first.');
    const { account } = passwordCounters(caller.userId, '');
    await countAttempt(db, [account]);
    const request = { ...c.req.valid('json'), revokeOtherSessions: true };
    await askAuth(c, { act: 'change-password', userId: caller.userId }, (auth, headers) => auth.api.changePassword({ body: request, headers, asResponse: true }));
    await forgetAttempts(db, [account]);
    return c.body(null, 204);
  });

  app.openapi(routes.requestConfirmation, async (c) => {
    const { email } = c.req.valid('json');
    await countAttempt(c.get('base').db, mailCounters(email, clientGroup(addressOf(c))));
    if (c.get('accounts').settings.mail !== null)
      await askAuth(c, { act: 'other' }, (auth, headers) => auth.api.sendVerificationEmail({ body: { email }, headers, asResponse: true }));
    return c.body(null, 204);
  });

  app.openapi(routes.confirm, async (c) => {
    const { token } = c.req.valid('json');
    await countAttempt(c.get('base').db, tokenCounters(clientGroup(addressOf(c))));
    const { userId = null } = mailTokenClaims(token);
    const { scope } = await askAuth(c, { act: 'confirm-address', userId }, (auth, headers) => auth.api.verifyEmail({ query: { token }, headers, asResponse: true }));
    if (userId !== null && scope.movedFrom !== null) {
      const { post, settings } = c.get('accounts');
      await c.get('base').db.transaction((tx) => noteNewAddress(tx, { userId }));
      post.later(post.send({ kind: 'moved', to: scope.movedFrom, name: '', link: settings.publicUrl }));
    }
    return c.body(null, 204);
  });
}
