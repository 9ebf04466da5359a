import type { Context as HonoContext } from 'hono';
import { z } from 'zod';
import { addressHeader } from '../accounts/addressHeader.ts';
import { clientAddress } from '../accounts/clientAddress.ts';
import type { AppEnv } from './httpContext.ts';

/** Where servers put the end of the connection: Node's, and function hosts' (Lambda behind a function URL, a gateway or a balancer). */
const connection = z.union([
  z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) }).transform(({ incoming }) => incoming.socket.remoteAddress),
  z.object({ requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }) }).transform(({ requestContext }) => requestContext.http.sourceIp),
  z.object({ requestContext: z.object({ identity: z.object({ sourceIp: z.string() }) }) }).transform(({ requestContext }) => requestContext.identity.sourceIp),
]);

/** Address of who sends a request. */
export function addressOf(c: HonoContext<AppEnv>): string {
  const found = connection.safeParse(c.env);
  return clientAddress(found.success ? found.data : 'unknown', c.req.header('x-forwarded-for'), c.get('accounts').proxies);
}

/** What better-auth is told of a request: nothing in it that a client could use to pose as another. */
export function headersForAuth(c: HonoContext<AppEnv>): Headers {
  const headers = new Headers({ [addressHeader]: addressOf(c) });
  const [cookie, agent] = [c.req.header('cookie'), c.req.header('user-agent')];
  if (cookie !== undefined) headers.set('cookie', cookie);
  if (agent !== undefined) headers.set('user-agent', agent.slice(0, 300));
  return headers;
}

export function keepCookies(c: HonoContext<AppEnv>, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
}
