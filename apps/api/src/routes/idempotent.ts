import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import { beginRequest } from '../idempotency/beginRequest.ts';
import { keepAnswer, markingDatabase } from '../idempotency/heldRequest.ts';
import { ownerContext, type AppEnv } from './httpContext.ts';

export const maxKeyLength = 255;

/**
 * Routes that need other care than the rest. `own`: the verb itself keeps the key, with what it makes and as long as that is there.
 * `again`: doing it twice does no harm, and its answer is for the moment (addresses that expire). `none`: it makes nothing, and looks
 * after its body itself.
 */
const exceptions: ReadonlyMap<string, 'own' | 'again' | 'none'> = new Map([
  ['/v1/runs', 'own'],
  ['/v1/runs/:id/predict', 'none'],
  ['/v1/uploads/:id/parts', 'again'],
  ['/v1/uploads/:id/complete', 'again'],
]);

/**
 * Every POST: with an Idempotency-Key, the same request again is answered like the first time and done once. The key belongs to its
 * owner, for a day.
 */
export const idempotent = createMiddleware<AppEnv>(async (c, next) => {
  const key = c.req.method === 'POST' ? c.req.header('idempotency-key') : undefined;
  const route = matchedRoutes(c).findLast(({ method }) => method === 'POST')?.path;
  if (key === undefined || route === undefined) return next();
  if (key.length === 0 || key.length > maxKeyLength) throw invalid([{ path: 'idempotency-key', message: `must have 1 to ${maxKeyLength} characters` }]);
  const exception = exceptions.get(route);
  if (exception === 'own' || exception === 'none') return next();

  const { db, caller, log } = ownerContext(c);
  const { userId: ownerId, role, scopes } = caller;
  const { search } = new URL(c.req.url);
  // What the caller may do is part of the request: a key that may read is not answered what one that may write was.
  const requestHash = createHash('sha256')
    .update(JSON.stringify([c.req.path, search, role, scopes.toSorted()]))
    .update(Buffer.from(await c.req.arrayBuffer()))
    .digest('hex');
  const begun = await beginRequest(db, { ownerId, key, requestHash, harmless: exception === 'again' });
  if (begun === 'do-again') return next();
  if ('kept' in begun) {
    const { status, headers, body } = begun.kept;
    return new Response(status === 204 ? null : body, { status, headers: { ...headers, 'idempotent-replay': 'true' } });
  }
  const { held } = begun;
  c.set('base', { ...c.get('base'), db: markingDatabase(db, held) });
  await next();
  await keepAnswer(db, held, c.res).catch((err: unknown) => log.warn({ err }, 'an answer could not be kept for its Idempotency-Key'));
});
