import { createRoute, z } from '@hono/zod-openapi';
import { presets } from '@thaw/contract/presets';
import { presetName, runSpec } from '@thaw/contract/runSpec';
import { workerInfo } from '@thaw/contract/worker';
import { listWorkers } from '../workers/listWorkers.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';

const middleware = needs('read');

const routes = {
  presets: createRoute({
    method: 'get',
    path: '/v1/presets',
    summary: 'The presets: complete recipes to start from',
    middleware,
    responses: { 200: json(z.object({ items: z.array(z.object({ name: presetName, spec: runSpec })) }), 'All presets'), ...problems },
  }),
  workers: createRoute({
    method: 'get',
    path: '/v1/workers',
    summary: 'Workers of the last day',
    middleware,
    responses: { 200: json(z.object({ items: z.array(workerInfo) }), 'The latest seen first'), ...problems },
  }),
};

export function addCatalogRoutes(app: App): void {
  const items = presetName.options.map((name) => ({ name, spec: presets[name] }));
  app.openapi(routes.presets, (c) => c.json({ items }, 200));
  app.openapi(routes.workers, async (c) => c.json(await listWorkers(ownerContext(c)), 200));
}
