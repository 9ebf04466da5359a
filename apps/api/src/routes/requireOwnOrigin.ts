import type { Context as HonoContext } from 'hono';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * A browser sends the cookie along whoever's page makes the request, and says in Origin whose it is. Ours are the dashboard's, those
 * that the configuration names, and the address itself under which the request came.
 * @throws ApiError forbidden for a request that changes something and comes with a cookie from elsewhere, or does not say from where
 */
export function requireOwnOrigin(c: HonoContext<AppEnv>, { always = false } = {}): void {
  if (safeMethods.includes(c.req.method)) return;
  const origin = c.req.header('origin');
  if (origin === undefined && always && c.req.header('cookie') === undefined) return;
  const { publicUrl, publicApiUrl, trustedOrigins } = c.get('accounts').settings;
  if (origin !== undefined && URL.canParse(origin)) {
    const { origin: exact, host } = new URL(origin);
    const own = [publicUrl, publicApiUrl].map((url) => new URL(url).origin);
    if (host !== '' && (own.includes(exact) || trustedOrigins.includes(exact) || host === c.req.header('host'))) return;
  }
  throw new ApiError('forbidden', 'This request comes with a cookie, but not from a page of this service (header Origin). Use the dashboard, or send a key instead.');
}
