import type { Context } from 'hono';
import { longestWaitSeconds, type Patience } from '../tasks/waitForTask.ts';
import type { AppEnv } from './httpContext.ts';

/** How long a request may be held open: what `Prefer: wait=n` says (RFC 7240), and never too long. */
export function patienceOf(c: Context<AppEnv>): Patience {
  const preferred = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/i.exec(c.req.header('prefer') ?? '')?.[1];
  return { signal: c.req.raw.signal, seconds: Math.min(longestWaitSeconds, Number(preferred ?? longestWaitSeconds)) };
}
