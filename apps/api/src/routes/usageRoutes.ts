import { createRoute } from '@hono/zod-openapi';
import { ownQuota, userQuota } from '@thaw/contract/quotas';
import { page } from '@thaw/contract/runs';
import { usage, userUsage } from '@thaw/contract/usage';
import { findUser } from '../quotas/findUser.ts';
import { getQuota } from '../quotas/getQuota.ts';
import { setQuota } from '../quotas/setQuota.ts';
import { getUsage } from '../usage/getUsage.ts';
import { listUsage } from '../usage/listUsage.ts';
import { administrators, needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery } from './parameters.ts';

const params = idParameter;

const routes = {
  own: createRoute({
    method: 'get',
    path: '/v1/usage',
    summary: 'What you use: runs, compute time of this month, storage, and what is left of your quota',
    description: 'Minutes are those for which workers were held, by the kind of their device; deleting a run does not give them back. Months and days are those of UTC.',
    middleware: [needs('read')] as const,
    responses: { 200: json(usage, 'As it is now'), ...problems },
  }),
  everyone: createRoute({
    method: 'get',
    path: '/v1/usage/users',
    summary: 'What each person uses, in the order in which they came',
    description: 'For administrators.',
    middleware: [administrators] as const,
    request: { query: pageQuery },
    responses: { 200: json(page(userUsage), 'A page'), ...problems },
  }),
  someone: createRoute({
    method: 'get',
    path: '/v1/users/{id}/usage',
    summary: 'What a person uses',
    description: 'For administrators.',
    middleware: [administrators] as const,
    request: { params },
    responses: { 200: json(usage, 'As it is now'), ...problems },
  }),
  quota: createRoute({
    method: 'get',
    path: '/v1/users/{id}/quota',
    summary: 'The limits of a person',
    description: 'For administrators.',
    middleware: [administrators] as const,
    request: { params },
    responses: { 200: json(userQuota, 'What holds, what was set for this person, and what holds for everyone else'), ...problems },
  }),
  setQuota: createRoute({
    method: 'put',
    path: '/v1/users/{id}/quota',
    summary: 'Give a person limits of its own',
    description:
      'All of them at once: those that are left out are as for everyone, null is no limit. What is there already stays, also beyond a limit, and what is under way goes on to its end; nothing new begins. Runs beyond `activeRuns` wait. For administrators.',
    middleware: [administrators, jsonBody] as const,
    request: { params, body: jsonRequest(ownQuota) },
    responses: { 200: json(userQuota, 'What holds now'), ...problems },
  }),
};

/** What people use, and how much they may. */
export function addUsageRoutes(app: App): void {
  app.openapi(routes.own, async (c) => {
    const ctx = ownerContext(c);
    return c.json(await getUsage(ctx, ctx.caller.userId), 200);
  });
  app.openapi(routes.everyone, async (c) => c.json(await listUsage(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.someone, async (c) => {
    const ctx = ownerContext(c);
    const { id } = await findUser(ctx.db, c.req.valid('param').id);
    return c.json(await getUsage(ctx, id), 200);
  });
  app.openapi(routes.quota, async (c) => c.json(await getQuota(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.setQuota, async (c) => c.json(await setQuota(ownerContext(c), { ...c.req.valid('param'), own: c.req.valid('json') }), 200));
}
