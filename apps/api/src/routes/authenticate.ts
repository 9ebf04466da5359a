import { createMiddleware } from 'hono/factory';
import { findKey } from '../auth/findKey.ts';
import { ApiError, forbidden, unauthorized } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

/** @throws unauthorized where there is none */
export function bearer(header: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthorized();
  return token;
}

/** /v1: the key of a person. A worker token is a valid key, but opens nothing here. */
export const authenticateOwner = createMiddleware<AppEnv>(async (c, next) => {
  const caller = await findKey(c.get('base').db, bearer(c.req.header('authorization')));
  if (caller === null) throw unauthorized();
  if (caller.kind !== 'owner') throw forbidden('read');
  c.set('caller', caller);
  await next();
});

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
