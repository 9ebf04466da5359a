import type { Context as HonoContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import { clientGroup } from '../accounts/clientAddress.ts';
import { tooMany } from '../accounts/countAttempt.ts';
import { hasSession, sessionCaller } from '../accounts/sessionCaller.ts';
import { findKey } from '../auth/findKey.ts';
import type { OwnerCaller } from '../context.ts';
import { ApiError, forbidden, unauthorized } from '../errors.ts';
import { addressOf, headersForAuth, keepCookies } from './client.ts';
import type { AppEnv } from './httpContext.ts';
import { requireOwnOrigin } from './requireOwnOrigin.ts';

/** @throws unauthorized where there is none */
export function bearer(header: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthorized();
  return token;
}

/** /v1: a person, by a key or, where no key is sent, by the session of a browser. */
export const authenticateOwner = createMiddleware<AppEnv>(async (c, next) => {
  const { requests } = c.get('accounts');
  const caller = await findCaller(c);
  const wait = requests.take(caller.userId);
  if (wait !== null) throw new ApiError('too-many-requests', `So many requests a minute are too many. Try again in ${wait} s, and ask less often.`, { retryAfterSeconds: wait });
  c.set('caller', caller);
  await next();
});

async function findCaller(c: HonoContext<AppEnv>): Promise<OwnerCaller> {
  const header = c.req.header('authorization');
  const bySession = header === undefined && hasSession(c.req.header('cookie'));
  const caller = bySession ? await callerBySession(c) : await callerByKey(c, header);
  if (caller !== null) return caller;
  const wait = c.get('accounts').failures.take(clientGroup(addressOf(c)));
  throw wait === null ? unauthorized() : tooMany(wait);
}

/** A worker token is a valid key, but opens nothing here. */
async function callerByKey(c: HonoContext<AppEnv>, header: string | undefined): Promise<OwnerCaller | null> {
  const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  const caller = token === undefined ? null : await findKey(c.get('base').db, token);
  if (caller?.kind === 'worker') throw forbidden('read');
  return caller;
}

async function callerBySession(c: HonoContext<AppEnv>): Promise<OwnerCaller | null> {
  requireOwnOrigin(c);
  const { caller, cookies } = await sessionCaller(c.get('accounts'), headersForAuth(c));
  keepCookies(c, cookies);
  return caller;
}

/** Stops a person's key that lacks a scope. `read` is part of each of them, `admin` has all. */
export const needs = (scope: 'read' | 'runs' | 'datasets' | 'admin') =>
  createMiddleware<AppEnv>(async (c, next) => {
    const caller = c.get('caller');
    const scopes = caller.kind === 'owner' ? caller.scopes : [];
    const has = scopes.includes('admin') || (scope === 'read' ? scopes.length > 0 : scopes.includes(scope));
    if (!has) throw forbidden(scope);
    await next();
  });

/** Stops all but administrators. Their keys need the scope `admin` too: one that is to launch runs should not change other people. */
export const administrators = createMiddleware<AppEnv>(async (c, next) => {
  const caller = c.get('caller');
  if (caller.kind !== 'owner' || !caller.scopes.includes('admin')) throw forbidden('admin');
  if (caller.role !== 'administrator') throw new ApiError('forbidden', 'This is for administrators of this service. Ask one of them.');
  await next();
});
