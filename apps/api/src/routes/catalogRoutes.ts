import { createRoute, z } from '@hono/zod-openapi';
import { dataset } from '@thaw/contract/datasets';
import { presets } from '@thaw/contract/presets';
import { page } from '@thaw/contract/runs';
import { presetName, runSpec } from '@thaw/contract/runSpec';
import { workerInfo } from '@thaw/contract/worker';
import { getDataset } from '../datasets/getDataset.ts';
import { listDatasets } from '../datasets/listDatasets.ts';
import { listWorkers } from '../workers/listWorkers.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { idParameter, pageQuery } from './parameters.ts';

const middleware = needs('read');

const routes = {
  presets: createRoute({
    method: 'get',
    path: '/v1/presets',
    summary: 'The presets: complete recipes to start from',
    middleware,
    responses: { 200: json(z.object({ items: z.array(z.object({ name: presetName, spec: runSpec })) }), 'All presets'), ...problems },
  }),
  datasets: createRoute({
    method: 'get',
    path: '/v1/datasets',
    summary: 'Data sets: the built-in ones and your own',
    middleware,
    request: { query: pageQuery },
    responses: { 200: json(page(dataset), 'A page'), ...problems },
  }),
  dataset: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}',
    summary: 'A data set',
    middleware,
    request: { params: idParameter },
    responses: { 200: json(dataset, 'The data set'), ...problems },
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
  app.openapi(routes.datasets, async (c) => c.json(await listDatasets(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.dataset, async (c) => c.json(await getDataset(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.workers, async (c) => c.json(await listWorkers(ownerContext(c)), 200));
}
