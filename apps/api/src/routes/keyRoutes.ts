import { createRoute, z } from '@hono/zod-openapi';
import { createKeyRequest, createWorkerTokenRequest, madeKey, madeWorkerToken, maxKeysPerOwner, shownKey, shownWorkerToken } from '@thaw/contract/apiKeys';
import { createKey } from '../keys/createKey.ts';
import { createWorkerToken } from '../keys/createWorkerToken.ts';
import { listKeys } from '../keys/listKeys.ts';
import { listWorkerTokens } from '../keys/listWorkerTokens.ts';
import { revokeKey, revokeWorkerToken } from '../keys/revokeKey.ts';
import { administrators, needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';

/** Who may make keys may do with them all that their owner may. */
const all = needs('admin');
const gone = { 204: { description: 'Worth nothing from now on' }, ...problems };

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/api-keys',
    summary: 'Make an API key',
    description: `The answer is the only one that ever shows it. Needs a session or the scope \`admin\`; a key that expires makes none that lives longer. Up to ${maxKeysPerOwner} that work.`,
    middleware: [all, jsonBody] as const,
    request: { body: jsonRequest(createKeyRequest) },
    responses: { 201: json(madeKey, 'The key'), ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/api-keys',
    summary: 'Your API keys, newest first',
    middleware: [all] as const,
    responses: { 200: json(z.object({ items: z.array(shownKey) }), 'All that were not revoked. Those that have expired go after 30 days'), ...problems },
  }),
  revoke: createRoute({
    method: 'delete',
    path: '/v1/api-keys/{id}',
    summary: 'Revoke an API key',
    middleware: [all] as const,
    request: { params: idParameter },
    responses: gone,
  }),
  createWorkerToken: createRoute({
    method: 'post',
    path: '/v1/worker-tokens',
    summary: 'Make a token for workers',
    description: 'The answer is the only one that ever shows it. It claims runs and imports and can do nothing else, and works as long as its maker is there and not disabled. For administrators.',
    middleware: [administrators, jsonBody] as const,
    request: { body: jsonRequest(createWorkerTokenRequest) },
    responses: { 201: json(madeWorkerToken, 'The token'), ...problems },
  }),
  listWorkerTokens: createRoute({
    method: 'get',
    path: '/v1/worker-tokens',
    summary: 'Tokens of workers, newest first',
    description: 'Whoever has made them. For administrators.',
    middleware: [administrators] as const,
    responses: { 200: json(z.object({ items: z.array(shownWorkerToken) }), 'All that were not revoked'), ...problems },
  }),
  revokeWorkerToken: createRoute({
    method: 'delete',
    path: '/v1/worker-tokens/{id}',
    summary: 'Revoke a token of workers',
    description: 'It claims nothing more, and what its workers have claimed is taken from them and goes on elsewhere. For administrators.',
    middleware: [administrators] as const,
    request: { params: idParameter },
    responses: gone,
  }),
};

export function addKeyRoutes(app: App): void {
  app.openapi(routes.create, async (c) => c.json(await createKey(ownerContext(c), c.req.valid('json')), 201));
  app.openapi(routes.list, async (c) => c.json(await listKeys(ownerContext(c)), 200));
  app.openapi(routes.revoke, async (c) => {
    await revokeKey(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.createWorkerToken, async (c) => c.json(await createWorkerToken(ownerContext(c), c.req.valid('json')), 201));
  app.openapi(routes.listWorkerTokens, async (c) => c.json(await listWorkerTokens(ownerContext(c)), 200));
  app.openapi(routes.revokeWorkerToken, async (c) => {
    await revokeWorkerToken(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
}
