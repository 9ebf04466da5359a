import type { AuditAction } from '@thaw/contract/audit';
import { passwordLength } from '@thaw/contract/accounts';
import type { Database, Executor } from '@thaw/db/client';
import { account } from '@thaw/db/schema/account';
import { auditEvent } from '@thaw/db/schema/auditEvent';
import { invitation } from '@thaw/db/schema/invitation';
import { session } from '@thaw/db/schema/session';
import { user } from '@thaw/db/schema/user';
import { verification } from '@thaw/db/schema/verification';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, getOAuthState } from 'better-auth/api';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { betterAuth } from 'better-auth/minimal';
import { eq } from 'drizzle-orm';
import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { newId } from '../ids.ts';
import type { AccountSettings } from './accountSettings.ts';
import { addressHeader } from './addressHeader.ts';
import { admitPerson } from './admitPerson.ts';
import { attemptScope, scopedDatabase } from './attemptScope.ts';
import { isForNewAddress } from './mailTokenClaims.ts';
import type { Post } from './openPost.ts';

export interface BetterAuthOptions {
  db: Database;
  log: Logger;
  settings: AccountSettings;
  post: Post;
  /** Ways to sign in beside a password. */
  plugins: BetterAuthPlugin[];
}

/**
 * better-auth on our tables. Only the endpoints that our routes call are reachable (see routes/authRoutes.ts): it is never mounted
 * as a whole. Its own rate limits and checks of origins are off, as the routes do both for all requests alike.
 */
export function makeBetterAuth({ db, log, settings, post, plugins }: BetterAuthOptions) {
  const { mail } = settings;
  const executor = (): Executor => attemptScope().tx ?? db;
  const audit = (userId: string, action: AuditAction, details: Record<string, string> = {}) =>
    executor().insert(auditEvent).values({ ownerId: userId, actor: userId, action, subject: userId, details: { address: attemptScope().address, ...details } });
  const noteReset = async (userId: string): Promise<void> => {
    await audit(userId, 'password_reset');
    // Who has followed the link reads the mails of that address.
    if (mail !== null) await executor().update(user).set({ emailVerified: true }).where(eq(user.id, userId));
  };

  return betterAuth({
    appName: 'Thaw',
    baseURL: `${settings.publicApiUrl}/auth`,
    basePath: '/auth',
    secret: createHmac('sha256', settings.secret).update('thaw: cookies and tokens of accounts').digest('base64url'),
    database: drizzleAdapter(scopedDatabase(db), { provider: 'pg', schema: { user, session, account, verification }, transaction: true }),
    telemetry: { enabled: false },
    logger: {
      level: 'error',
      log: (_, message, ...about: unknown[]) => {
        const error = about.find((one) => one instanceof Error);
        // Of a query that failed the cause: the error itself holds all that was to be written.
        log.warn({ from: 'better-auth', ...(error !== undefined && { err: error.cause ?? error }) }, message);
      },
    },
    rateLimit: { enabled: false },
    trustedOrigins: [settings.publicUrl, ...settings.trustedOrigins],
    advanced: {
      cookiePrefix: 'thaw',
      useSecureCookies: settings.publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
      database: { generateId: ({ model }) => newId(model === 'session' ? 'session' : model === 'account' ? 'account' : 'verification') },
      // Whether a mail was sent must not be seen from how long the answer takes.
      backgroundTasks: { handler: (task) => post.later(task) },
    },
    session: { expiresIn: 30 * 24 * 3600, updateAge: 24 * 3600, cookieCache: { enabled: false } },
    user: {
      changeEmail: { enabled: mail !== null },
      additionalFields: {
        role: { type: 'string', required: false, input: false },
        disabledAt: { type: 'date', required: false, input: false },
      },
    },
    verification: { storeIdentifier: 'hashed' },
    account: { updateAccountOnSignIn: false, accountLinking: { enabled: true, disableImplicitLinking: false, requireLocalEmailVerified: true } },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      // With mails, an address that has an account already is answered like a new one, and told by mail.
      requireEmailVerification: mail !== null,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: 3600,
      sendResetPassword: ({ user: { email, name }, token }) => post.send({ kind: 'reset', to: email, name, link: `${settings.publicUrl}/reset-password?token=${token}` }),
      ...(mail !== null && {
        onExistingUserSignUp: ({ user: { email, name } }) => post.send({ kind: 'exists', to: email, name, link: `${settings.publicUrl}/sign-in` }),
      }),
    },
    ...(mail !== null && {
      emailVerification: {
        // Not waited for: better-auth would, where it is asked for again.
        sendVerificationEmail: ({ user: { email, name, emailVerified }, token }) => {
          const link = `${settings.publicUrl}/confirm-address?token=${token}`;
          if (isForNewAddress(token)) post.later(post.send({ kind: 'new-address', to: email, name, link }));
          else if (!emailVerified) post.later(post.send({ kind: 'confirm', to: email, name, link }));
          return Promise.resolve();
        },
        expiresIn: 24 * 3600,
      },
    }),
    plugins,
    databaseHooks: {
      user: {
        create: {
          before: async (person) => {
            const scope = attemptScope();
            // One that comes back from a provider had its invitation kept with the state of the flow.
            const state = scope.act === 'github' ? await getOAuthState() : null;
            const token = scope.invitation ?? (typeof state?.['invitation'] === 'string' ? state['invitation'] : null);
            const admission = await admitPerson(executor(), { email: person.email, token, mode: settings.signUp });
            if (typeof admission === 'string') throw new APIError('UNPROCESSABLE_ENTITY', { code: admission, message: admission });
            const id = newId('user');
            const { role, verified, invitationId } = admission;
            scope.userId = id;
            scope.signedUp = { invitationId, verified };
            await audit(id, 'signed_up', { email: person.email, role, ...(invitationId !== null && { invitation: invitationId }) });
            return { data: { ...person, name: person.name.slice(0, 100), id, role, emailVerified: person.emailVerified || verified } };
          },
        },
        update: {
          before: async ({ email }) => {
            const scope = attemptScope();
            if (typeof email !== 'string' || scope.act !== 'confirm-address' || scope.userId === null) return;
            const [before] = await executor().select({ email: user.email }).from(user).where(eq(user.id, scope.userId));
            const [taken] = await executor().select({ id: user.id }).from(user).where(eq(user.email, email));
            // Someone has signed up with it since.
            if (before === undefined || taken !== undefined) throw new APIError('BAD_REQUEST', { code: 'INVALID_TOKEN', message: 'taken' });
            scope.movedFrom = before.email;
          },
        },
      },
      account: {
        create: {
          before: async (way) => {
            const { signedUp } = attemptScope();
            const invitationId = signedUp?.invitationId ?? null;
            if (invitationId !== null) await executor().update(invitation).set({ acceptedBy: way.userId }).where(eq(invitation.id, invitationId));
            if (attemptScope().act === 'reset-password') await noteReset(way.userId);
            // We do nothing in a person's name at the provider.
            return { data: { ...way, accessToken: null, refreshToken: null, idToken: null } };
          },
        },
        update: {
          before: async (changes) => {
            const { act, userId } = attemptScope();
            if (typeof changes.password !== 'string' || userId === null) return;
            await (act === 'reset-password' ? noteReset(userId) : audit(userId, 'password_changed'));
          },
        },
      },
      session: {
        create: {
          before: async ({ userId }) => {
            const [person] = await executor().select({ disabledAt: user.disabledAt }).from(user).where(eq(user.id, userId));
            if (person === undefined || person.disabledAt !== null) throw new APIError('FORBIDDEN', { code: 'ACCOUNT_DISABLED', message: 'disabled' });
            const { act, signedUp } = attemptScope();
            if ((act === 'sign-in' || act === 'github') && signedUp === null) await audit(userId, 'signed_in', { by: act === 'github' ? 'github' : 'password' });
          },
        },
      },
      verification: {
        delete: {
          before: async ({ value }) => {
            const scope = attemptScope();
            if (scope.act === 'reset-password') scope.userId = value;
          },
        },
      },
    },
  });
}

export type BetterAuth = ReturnType<typeof makeBetterAuth>;
