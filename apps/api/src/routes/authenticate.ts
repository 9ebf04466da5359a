import { ingestPaths } from '@thaw/contract/ingest';
import { workerPaths } from '@thaw/contract/worker';
import { createMiddleware } from 'hono/factory';
import { findAttempt } from '../auth/findAttempt.ts';
import { findIngestAttempt } from '../auth/findIngestAttempt.ts';
import { findKey } from '../auth/findKey.ts';
import { ApiError, forbidden, notFound, unauthorized } from '../errors.ts';
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

const claims: readonly string[] = [workerPaths.claim, ingestPaths.claim];

/** /worker/v1: a worker token to claim; for everything else the attempt token, which opens its own run or import only. */
export const authenticateWorker = createMiddleware<AppEnv>(async (c, next) => {
  const token = bearer(c.req.header('authorization'));
  const { db } = c.get('base');
  if (claims.includes(c.req.path)) {
    const caller = await findKey(db, token);
    if (caller === null) throw unauthorized();
    if (caller.kind !== 'worker') throw forbidden('worker');
    c.set('caller', caller);
  } else if (c.req.path.startsWith('/worker/v1/ingests/')) {
    const caller = await findIngestAttempt(db, token);
    if (caller === null) throw unauthorized();
    if (!c.req.path.startsWith(`/worker/v1/ingests/${caller.datasetId}/${caller.version}/`)) throw notFound('such call for this token');
    c.set('caller', caller);
  } else {
    const caller = await findAttempt(db, token);
    if (caller === null) throw unauthorized();
    if (!c.req.path.startsWith(`/worker/v1/runs/${caller.runId}/`)) throw notFound('such call for this token');
    c.set('caller', caller);
  }
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
