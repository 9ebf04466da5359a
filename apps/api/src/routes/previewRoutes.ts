import { createRoute } from '@hono/zod-openapi';
import { createPreviewRequest, preview } from '@thaw/contract/previews';
import { createPreview } from '../previews/createPreview.ts';
import { getPreview } from '../previews/getPreview.ts';
import { getPreviewPicture } from '../previews/getPreviewPicture.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';
import { patienceOf } from './patience.ts';

const read = needs('read');

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/previews',
    summary: 'See what the augmentation of a recipe makes of its images',
    description: 'Rendered by the trainer itself, with the draws that a run of this recipe would meet. The same asked for again is the same preview.',
    middleware: [needs('runs'), jsonBody] as const,
    request: { body: jsonRequest(createPreviewRequest) },
    responses: { 201: json(preview, 'The preview, queued'), 200: json(preview, 'The preview that there is'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/previews/{id}',
    summary: 'A preview: whether it is there, and which images it shows',
    middleware: [read] as const,
    request: { params: idParameter },
    responses: { 200: json(preview, 'The preview'), ...problems },
  }),
  picture: createRoute({
    method: 'get',
    path: '/v1/previews/{id}/picture',
    summary: 'The picture: a row for each image, as it is and then as the network sees it in epochs 1, 2, ...',
    description: 'What is still being rendered is waited for; after 20 seconds (fewer with `Prefer: wait=5`) the answer is 503 with Retry-After.',
    middleware: [read] as const,
    request: { params: idParameter },
    responses: { 200: { description: 'PNG', content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } }, ...problems },
  }),
};

export function addPreviewRoutes(app: App): void {
  app.openapi(routes.create, async (c) => {
    const { made, created } = await createPreview(ownerContext(c), c.req.valid('json'));
    c.header('location', `/v1/previews/${made.id}`);
    return c.json(made, created ? 201 : 200);
  });
  app.openapi(routes.get, async (c) => c.json(await getPreview(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.picture, async (c) => {
    const picture = await getPreviewPicture(ownerContext(c), { ...c.req.valid('param'), patience: patienceOf(c) });
    c.header('content-type', 'image/png');
    // It is never made again under this id.
    c.header('cache-control', 'private, max-age=86400, immutable');
    return c.body(new Uint8Array(picture));
  });
}
