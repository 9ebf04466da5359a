import { ingestPaths } from '@thaw/contract/ingest';
import { taskPaths } from '@thaw/contract/tasks';
import { workerPaths } from '@thaw/contract/worker';
import { createMiddleware } from 'hono/factory';
import { findAttempt } from '../auth/findAttempt.ts';
import { findKey } from '../auth/findKey.ts';
import { forbidden, notFound, unauthorized } from '../errors.ts';
import { bearer } from './authenticate.ts';
import type { AppEnv } from './httpContext.ts';

const claims: readonly string[] = [workerPaths.claim, ingestPaths.claim, taskPaths.claim];

/** /worker/v1: a worker token to claim; for everything else the attempt token, which opens its own piece of work only. */
export const authenticateWorker = createMiddleware<AppEnv>(async (c, next) => {
  const token = bearer(c.req.header('authorization'));
  const { db } = c.get('base');
  if (claims.includes(c.req.path)) {
    const caller = await findKey(db, token);
    if (caller === null) throw unauthorized();
    if (caller.kind !== 'worker') throw forbidden('worker');
    c.set('caller', caller);
  } else {
    const found = await findAttempt(db, c.req.path, token);
    if (found === null) throw unauthorized();
    if (!c.req.path.startsWith(found.path)) throw notFound('such call for this token');
    c.set('caller', found.caller);
  }
  await next();
});
