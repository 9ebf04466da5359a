import { createRoute, z } from '@hono/zod-openapi';
import { browsedImage, className, createVersionRequest, dataset, datasetVersion, quarantinedFile, split } from '@thaw/contract/datasets';
import { imageIssue } from '@thaw/contract/report';
import { page } from '@thaw/contract/runs';
import { cancelVersion } from '../datasets/cancelVersion.ts';
import { createVersion } from '../datasets/createVersion.ts';
import { deleteDataset } from '../datasets/deleteDataset.ts';
import { deleteVersion } from '../datasets/deleteVersion.ts';
import { getDataset } from '../datasets/getDataset.ts';
import { getPicture } from '../datasets/getPicture.ts';
import { getVersion } from '../datasets/getVersion.ts';
import { listDatasets } from '../datasets/listDatasets.ts';
import { listImages } from '../datasets/listImages.ts';
import { listQuarantined } from '../datasets/listQuarantined.ts';
import { listVersions } from '../datasets/listVersions.ts';
import { retryVersion } from '../datasets/retryVersion.ts';
import { notFound } from '../errors.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery, searchText, versionParameter, wholeNumber } from './parameters.ts';

const read = needs('read');
const write = needs('datasets');
const params = idParameter;
const imagesQuery = z.object({
  version: wholeNumber.optional(),
  split: split.optional(),
  class: className.optional(),
  issue: imageIssue.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/datasets',
    summary: 'Data sets: the built-in ones and your own',
    description: '`search` looks for a part of the name, in any case.',
    middleware: [read] as const,
    request: { query: pageQuery.extend({ search: searchText.optional() }) },
    responses: { 200: json(page(dataset), 'A page'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}',
    summary: 'A data set',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(dataset, 'The data set'), ...problems },
  }),
  delete: createRoute({
    method: 'delete',
    path: '/v1/datasets/{id}',
    summary: 'Delete a data set that no run uses, with all that is stored of it',
    middleware: [write] as const,
    request: { params },
    responses: { 204: { description: 'Gone' }, ...problems },
  }),
  versions: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}/versions',
    summary: 'Versions of a data set, newest first',
    middleware: [read] as const,
    request: { params, query: pageQuery },
    responses: { 200: json(page(datasetVersion), 'A page'), ...problems },
  }),
  edit: createRoute({
    method: 'post',
    path: '/v1/datasets/{id}/versions',
    summary: 'Make a new version: apply remedies of the report, leave images out, give them another class, merge classes, split anew',
    description: 'Remedies are those that entries of the report name. The version that it is made of stays as it is.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(createVersionRequest) },
    responses: { 201: json(datasetVersion, 'The new version, which waits to be made'), ...problems },
  }),
  version: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}/versions/{version}',
    summary: 'A version: how its import goes; once it is ready its classes, parts and report',
    middleware: [read] as const,
    request: { params: versionParameter },
    responses: { 200: json(datasetVersion, 'The version'), ...problems },
  }),
  deleteVersion: createRoute({
    method: 'delete',
    path: '/v1/datasets/{id}/versions/{version}',
    summary: 'Delete a version that no run uses',
    middleware: [write] as const,
    request: { params: versionParameter },
    responses: { 204: { description: 'Gone' }, ...problems },
  }),
  cancel: createRoute({
    method: 'post',
    path: '/v1/datasets/{id}/versions/{version}/cancel',
    summary: 'Stop an import',
    middleware: [write] as const,
    request: { params: versionParameter },
    responses: { 200: json(datasetVersion, 'The version, cancelled or asked to stop'), ...problems },
  }),
  retry: createRoute({
    method: 'post',
    path: '/v1/datasets/{id}/versions/{version}/retry',
    summary: 'Try a failed import again, where what it is made of is still stored',
    middleware: [write] as const,
    request: { params: versionParameter },
    responses: { 200: json(datasetVersion, 'The version, which waits again'), ...problems },
  }),
  quarantined: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}/versions/{version}/quarantined',
    summary: 'Files of the upload that were not taken, and why',
    middleware: [read] as const,
    request: { params: versionParameter, query: pageQuery },
    responses: { 200: json(page(quarantinedFile), 'A page'), ...problems },
  }),
  images: createRoute({
    method: 'get',
    path: '/v1/datasets/{id}/images',
    summary: 'Images of a version (the newest that is ready, unless another is named), by part, class and issue',
    middleware: [read] as const,
    request: { params, query: imagesQuery },
    responses: { 200: json(page(browsedImage).extend({ version: z.number().int() }), 'A page'), ...problems },
  }),
};

const picture = createRoute({
  method: 'get',
  path: '/v1/datasets/{id}/versions/{version}/images/{split}/{row}/{size}',
  operationId: 'getDatasetImage',
  summary: 'An image as it is stored (full) or made small (thumbnail), as PNG',
  middleware: read,
  request: { params: idParameter.extend({ version: z.string(), split, row: z.string(), size: z.enum(['thumbnail', 'full']) }) },
  responses: { 200: { description: 'The image', content: { 'image/png': { schema: z.string() } } }, ...problems },
});

export function addDatasetRoutes(app: App): void {
  app.openapi(routes.list, async (c) => c.json(await listDatasets(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.get, async (c) => c.json(await getDataset(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.delete, async (c) => {
    await deleteDataset(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.versions, async (c) => c.json(await listVersions(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));
  app.openapi(routes.edit, async (c) => {
    const made = await createVersion(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') });
    c.header('location', `/v1/datasets/${made.dataset}/versions/${made.version}`);
    return c.json(made, 201);
  });
  app.openapi(routes.version, async (c) => c.json(await getVersion(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.deleteVersion, async (c) => {
    await deleteVersion(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.cancel, async (c) => c.json(await cancelVersion(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.retry, async (c) => c.json(await retryVersion(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.quarantined, async (c) => c.json(await listQuarantined(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));
  app.openapi(routes.images, async (c) => c.json(await listImages(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));

  app.openAPIRegistry.registerPath(picture);
  app.get(picture.getRoutingPath(), picture.middleware, async (c) => {
    const wanted = z.object({ id: z.string(), version: wholeNumber, split, row: wholeNumber, size: z.enum(['thumbnail', 'full']) }).safeParse(c.req.param());
    if (!wanted.success) throw notFound('such image');
    const png = await getPicture(ownerContext(c), wanted.data);
    // A version never changes; only its owner may see it.
    return c.body(new Uint8Array(png), 200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=31536000, immutable' });
  });
}
