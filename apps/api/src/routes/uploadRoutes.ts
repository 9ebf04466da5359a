import { createRoute, z } from '@hono/zod-openapi';
import { createDatasetRequest, dataset, datasetVersion } from '@thaw/contract/datasets';
import { completeUploadRequest, createUploadRequest, partsReply, partsRequest, upload } from '@thaw/contract/uploads';
import { createDataset } from '../datasets/createDataset.ts';
import { completeUpload } from '../uploads/completeUpload.ts';
import { createUpload } from '../uploads/createUpload.ts';
import { dropUpload } from '../uploads/dropUpload.ts';
import { getUpload } from '../uploads/getUpload.ts';
import { listUploads } from '../uploads/listUploads.ts';
import { presignParts } from '../uploads/presignParts.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';

const read = needs('read');
const write = needs('datasets');
const params = idParameter;

const routes = {
  createDataset: createRoute({
    method: 'post',
    path: '/v1/datasets',
    summary: 'Make an empty data set, to be filled by an upload',
    middleware: [write, jsonBody] as const,
    request: { body: jsonRequest(createDatasetRequest) },
    responses: { 201: json(dataset, 'The data set'), ...problems },
  }),
  create: createRoute({
    method: 'post',
    path: '/v1/datasets/{id}/uploads',
    operationId: 'createUpload',
    summary: 'Begin the upload of an archive (zip, tar, tar.gz, tar.zst)',
    description: 'The bytes go in parts straight to the storage: ask for addresses of parts, PUT each part to its own, complete the upload. Options say how it is turned into images.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(createUploadRequest) },
    responses: { 201: json(upload, 'The upload, with the size of its parts'), ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/uploads',
    summary: 'Uploads under way, and those completed within a day',
    middleware: [read] as const,
    responses: { 200: json(z.object({ items: z.array(upload) }), 'Newest first'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/uploads/{id}',
    summary: 'An upload, and which of its parts have arrived',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(upload, 'The upload'), ...problems },
  }),
  parts: createRoute({
    method: 'post',
    path: '/v1/uploads/{id}/parts',
    operationId: 'presignUploadParts',
    summary: 'Addresses for parts of an upload',
    description: 'PUT exactly the bytes of a part to its address before it expires, best with Content-MD5. Ask again for parts whose address has expired; a part that is sent again replaces the earlier one.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(partsRequest) },
    responses: { 200: json(partsReply, 'Presigned addresses'), ...problems },
  }),
  complete: createRoute({
    method: 'post',
    path: '/v1/uploads/{id}/complete',
    summary: 'Import an upload whose parts have all arrived',
    description: 'A version of the data set is made and waits to be imported. The worker checks the SHA-256, if one was given. Calling it again gives the same version.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(completeUploadRequest) },
    responses: { 200: json(datasetVersion, 'The version that is made of it'), ...problems },
  }),
  drop: createRoute({
    method: 'delete',
    path: '/v1/uploads/{id}',
    summary: 'Give an upload up',
    middleware: [write] as const,
    request: { params },
    responses: { 204: { description: 'Dropped' }, ...problems },
  }),
};

export function addUploadRoutes(app: App): void {
  app.openapi(routes.createDataset, async (c) => {
    const made = await createDataset(ownerContext(c), c.req.valid('json'));
    c.header('location', `/v1/datasets/${made.id}`);
    return c.json(made, 201);
  });
  app.openapi(routes.create, async (c) => {
    const made = await createUpload(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') });
    c.header('location', `/v1/uploads/${made.id}`);
    return c.json(made, 201);
  });
  app.openapi(routes.list, async (c) => c.json(await listUploads(ownerContext(c)), 200));
  app.openapi(routes.get, async (c) => c.json(await getUpload(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.parts, async (c) => c.json(await presignParts(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') }), 200));
  app.openapi(routes.complete, async (c) => c.json(await completeUpload(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') }), 200));
  app.openapi(routes.drop, async (c) => {
    await dropUpload(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
}
