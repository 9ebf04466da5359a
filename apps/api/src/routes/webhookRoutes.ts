import { createRoute, z } from '@hono/zod-openapi';
import { page } from '@thaw/contract/runs';
import { changeWebhookRequest, createWebhookRequest, deliveryStatus, webhook, webhookDelivery, webhookWithSecret } from '@thaw/contract/webhooks';
import type { Context as HonoContext } from 'hono';
import { changeWebhook } from '../webhooks/changeWebhook.ts';
import { createWebhook } from '../webhooks/createWebhook.ts';
import { deleteWebhook } from '../webhooks/deleteWebhook.ts';
import { getWebhook } from '../webhooks/getWebhook.ts';
import { listDeliveries } from '../webhooks/listDeliveries.ts';
import { listWebhooks } from '../webhooks/listWebhooks.ts';
import { retryDelivery } from '../webhooks/retryDelivery.ts';
import { rotateSecret } from '../webhooks/rotateSecret.ts';
import { testWebhook } from '../webhooks/testWebhook.ts';
import type { WebhookContext, WebhookSettings } from '../webhooks/webhookContext.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App, type AppEnv } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery } from './parameters.ts';

const params = idParameter;
// They tell of runs and data sets alike: a key that may do one of them alone is not to say to whom.
const read = needs('read');
const write = needs('admin');

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/webhooks',
    summary: 'Have an address told of what becomes of your runs and data sets',
    description:
      'Each event is POSTed as JSON (`type`, `timestamp`, `data`), signed by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Any 2xx within 10 seconds says that it has arrived; else it is sent again, more and more rarely, for about a day, with the same `webhook-id`. Messages may come twice, and in another order. Redirects are not followed. The secret is shown by this call alone. Needs the scope `admin`.',
    middleware: [write, jsonBody] as const,
    request: { body: jsonRequest(createWebhookRequest) },
    responses: { 201: json(webhookWithSecret, 'The webhook, with its secret'), ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/webhooks',
    summary: 'Your webhooks',
    middleware: [read] as const,
    responses: { 200: json(z.object({ items: z.array(webhook) }), 'All of them, oldest first'), ...problems },
  }),
  get: createRoute({ method: 'get', path: '/v1/webhooks/{id}', summary: 'A webhook', middleware: [read] as const, request: { params }, responses: { 200: json(webhook, 'The webhook'), ...problems } }),
  change: createRoute({
    method: 'patch',
    path: '/v1/webhooks/{id}',
    summary: 'Change name, address or events of a webhook, or switch it on or off',
    description: 'What is left out stays. While a webhook is off nothing is kept for it, and what was still to be sent is given up.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(changeWebhookRequest) },
    responses: { 200: json(webhook, 'The webhook'), ...problems },
  }),
  delete: createRoute({
    method: 'delete',
    path: '/v1/webhooks/{id}',
    summary: 'Delete a webhook, with the log of its deliveries',
    middleware: [write] as const,
    request: { params },
    responses: { 204: { description: 'Gone' }, ...problems },
  }),
  rotate: createRoute({
    method: 'post',
    path: '/v1/webhooks/{id}/secret',
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook a new secret',
    description: 'For a day messages carry two signatures, of the new secret and the one before.',
    middleware: [write] as const,
    request: { params },
    responses: { 200: json(webhookWithSecret, 'The webhook, with its new secret'), ...problems },
  }),
  test: createRoute({
    method: 'post',
    path: '/v1/webhooks/{id}/test',
    summary: 'Send a ping to a webhook, once',
    description: 'Also to one that is off. Its deliveries show what came of it a moment later.',
    middleware: [write] as const,
    request: { params },
    responses: { 202: json(webhookDelivery, 'The delivery, which is on its way'), ...problems },
  }),
  deliveries: createRoute({
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    summary: 'What was, is and will be sent to a webhook, newest first; kept for 30 days',
    middleware: [read] as const,
    request: { params, query: pageQuery.extend({ status: deliveryStatus.optional() }) },
    responses: { 200: json(page(webhookDelivery), 'A page'), ...problems },
  }),
  retry: createRoute({
    method: 'post',
    path: '/v1/webhooks/{id}/deliveries/{delivery}/retry',
    summary: 'Send a message again now',
    description: 'Whatever became of it, under the same `webhook-id`.',
    middleware: [write] as const,
    request: { params: params.extend({ delivery: z.string() }) },
    responses: { 202: json(webhookDelivery, 'The delivery, which is on its way'), ...problems },
  }),
};

export function addWebhookRoutes(app: App, webhooks: WebhookSettings): void {
  const contextOf = (c: HonoContext<AppEnv>): WebhookContext => ({ ...ownerContext(c), webhooks });
  app.openapi(routes.create, async (c) => {
    const made = await createWebhook(contextOf(c), c.req.valid('json'));
    c.header('location', `/v1/webhooks/${made.id}`);
    return c.json(made, 201);
  });
  app.openapi(routes.list, async (c) => c.json(await listWebhooks(ownerContext(c)), 200));
  app.openapi(routes.get, async (c) => c.json(await getWebhook(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.change, async (c) => c.json(await changeWebhook(contextOf(c), { ...c.req.valid('param'), change: c.req.valid('json') }), 200));
  app.openapi(routes.delete, async (c) => {
    await deleteWebhook(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.rotate, async (c) => c.json(await rotateSecret(contextOf(c), c.req.valid('param')), 200));
  app.openapi(routes.test, async (c) => c.json(await testWebhook(contextOf(c), c.req.valid('param')), 202));
  app.openapi(routes.deliveries, async (c) => c.json(await listDeliveries(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));
  app.openapi(routes.retry, async (c) => c.json(await retryDelivery(contextOf(c), c.req.valid('param')), 202));
}
