import { createRoute, z } from '@hono/zod-openapi';
import { getCurve } from '../runs/getCurve.ts';
import { needs } from './authenticate.ts';
import { problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { idParameter } from './parameters.ts';
import { streamBody } from './streamBody.ts';

const found = { 302: { description: 'Where the file is, for some minutes' } };

const routes = {
  curve: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/curves/{file}',
    summary: 'A curve file: iterations.csv, epochs.csv or events.ndjson',
    middleware: needs('read'),
    request: { params: idParameter.extend({ file: z.string() }) },
    responses: { 200: { description: 'The file as far as the run has come' }, ...found, ...problems },
  }),
};

/** Files: a redirect to the storage, or text made on the way. */
export function addFileRoutes(app: App): void {
  for (const route of Object.values(routes)) app.openAPIRegistry.registerPath(route);

  app.get(routes.curve.getRoutingPath(), routes.curve.middleware, async (c) => {
    const { id, file } = c.req.param();
    const curve = await getCurve(ownerContext(c), { id, file });
    if ('url' in curve) return c.redirect(curve.url, 302);
    c.header('content-type', curve.contentType);
    c.header('content-disposition', `attachment; filename="${file}"`);
    return c.body(streamBody(curve.blocks));
  });
}
