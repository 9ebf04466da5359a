import type { Context as HonoContext } from 'hono';
import { z } from 'zod';
import { runInScope, type AttemptScope } from '../accounts/attemptScope.ts';
import type { BetterAuth } from '../accounts/betterAuth.ts';
import { ApiError, invalid, notFound, unauthorized } from '../errors.ts';
import { addressOf, headersForAuth, keepCookies } from './client.ts';
import type { AppEnv } from './httpContext.ts';

const noLonger = 'This link was used, is mistyped or too old. Ask for a new one.';
const shutOut = 'This account is disabled. Ask an administrator of this service.';

/** What better-auth's errors are here, by their code. */
const problems: Record<string, () => ApiError> = {
  INVALID_EMAIL_OR_PASSWORD: () => new ApiError('unauthorized', 'Address or password is wrong. Check both, or ask for a new password.'),
  EMAIL_NOT_VERIFIED: () => new ApiError('forbidden', 'This address is not confirmed yet. Follow the link in the mail that was sent to it, or have it sent again.'),
  ACCOUNT_DISABLED: () => new ApiError('forbidden', shutOut),
  SIGN_UP_CLOSED: () => new ApiError('forbidden', 'Nobody can sign up here. Ask an administrator of this service.'),
  INVITATION_NEEDED: () => new ApiError('forbidden', 'Signing up takes an invitation. Ask an administrator of this service for one.'),
  INVITATION_INVALID: () => invalid([{ path: 'invitation', message: 'was used or taken back, is too old, or is for another address; ask for a new one' }]),
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: () => invalid([{ path: 'email', message: 'has an account already; sign in, or ask for a new password' }]),
  FAILED_TO_CREATE_USER: () => invalid([{ path: 'email', message: 'cannot be signed up now; try to sign in' }]),
  INVALID_PASSWORD: () => invalid([{ path: 'currentPassword', message: 'is not your password' }]),
  CREDENTIAL_ACCOUNT_NOT_FOUND: () => new ApiError('conflict', 'This account has no password. Sign out and ask for a new password to choose one.'),
  INVALID_TOKEN: () => new ApiError('invalid-request', noLonger),
  TOKEN_EXPIRED: () => new ApiError('invalid-request', noLonger),
  USER_NOT_FOUND: () => new ApiError('invalid-request', noLonger),
  PROVIDER_NOT_FOUND: () => notFound('such way to sign in', 'GET /auth/options says which there are.'),
  UNAUTHORIZED: unauthorized,
};

const errorBody = z.object({ code: z.string() });

/**
 * Has better-auth do something for a request, and takes over the cookies that it sets.
 * @returns its answer, which may be a redirect
 * @throws ApiError for its errors, in our words
 */
export async function askAuth(
  c: HonoContext<AppEnv>,
  attempt: Pick<AttemptScope, 'act'> & Partial<AttemptScope>,
  work: (auth: BetterAuth, headers: Headers) => Promise<Response>,
): Promise<{ response: Response; scope: AttemptScope }> {
  const scope: AttemptScope = { address: addressOf(c), invitation: null, userId: null, signedUp: null, movedFrom: null, tx: null, ...attempt };
  const auth = await c.get('accounts').auth();
  const response = await runInScope(scope, () => work(auth, headersForAuth(c)));
  if (response.status < 400) {
    keepCookies(c, response.headers.getSetCookie());
    return { response, scope };
  }
  const body = errorBody.safeParse(await response.json().catch(() => null));
  const known = body.success ? problems[body.data.code] : undefined;
  if (known !== undefined) throw known();
  if (response.status >= 500) throw new Error(`better-auth answers with ${response.status} ${body.success ? body.data.code : ''}`);
  if (response.status === 401) throw unauthorized();
  throw new ApiError('invalid-request', 'This cannot be done as it was asked. Check the request against /v1/openapi.json.');
}
