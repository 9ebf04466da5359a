import { createRoute, z } from '@hono/zod-openapi';
import { account, browserSession, changeAccountRequest } from '@thaw/contract/accounts';
import { changeAccount } from '../accounts/changeAccount.ts';
import { endSession, endSessions } from '../accounts/endSessions.ts';
import { getAccount } from '../accounts/getAccount.ts';
import { listSessions } from '../accounts/listSessions.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';

const all = needs('admin');

const routes = {
  get: createRoute({ method: 'get', path: '/v1/account', summary: 'Who you are', middleware: [needs('read')] as const, responses: { 200: json(account, 'Your account'), ...problems } }),
  change: createRoute({
    method: 'patch',
    path: '/v1/account',
    summary: 'Change what you are called',
    middleware: [all, jsonBody] as const,
    request: { body: jsonRequest(changeAccountRequest) },
    responses: { 200: json(account, 'Your account'), ...problems },
  }),
  sessions: createRoute({
    method: 'get',
    path: '/v1/account/sessions',
    summary: 'Browsers in which you are signed in',
    middleware: [all] as const,
    responses: { 200: json(z.object({ items: z.array(browserSession) }), 'The one used last first'), ...problems },
  }),
  endAll: createRoute({
    method: 'delete',
    path: '/v1/account/sessions',
    summary: 'Sign out everywhere',
    description: 'At once. With `keep=current` everywhere but in this browser. Keys go on working.',
    middleware: [all] as const,
    request: { query: z.object({ keep: z.literal('current').optional() }) },
    responses: { 204: { description: 'Signed out' }, ...problems },
  }),
  end: createRoute({
    method: 'delete',
    path: '/v1/account/sessions/{id}',
    summary: 'Sign one browser out',
    middleware: [all] as const,
    request: { params: idParameter },
    responses: { 204: { description: 'Signed out' }, ...problems },
  }),
};

export function addAccountRoutes(app: App): void {
  app.openapi(routes.get, async (c) => c.json(await getAccount(ownerContext(c), c.get('accounts').settings), 200));
  app.openapi(routes.change, async (c) => {
    await changeAccount(ownerContext(c), c.req.valid('json'));
    return c.json(await getAccount(ownerContext(c), c.get('accounts').settings), 200);
  });
  app.openapi(routes.sessions, async (c) => c.json(await listSessions(ownerContext(c)), 200));
  app.openapi(routes.endAll, async (c) => {
    await endSessions(ownerContext(c), { others: c.req.valid('query').keep === 'current' });
    return c.body(null, 204);
  });
  app.openapi(routes.end, async (c) => {
    await endSession(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
}
