import { createRoute, z } from '@hono/zod-openapi';
import { createExportRequest, exportEpochInPath, exportFormat, runExport } from '@thaw/contract/exports';
import { notFound } from '../errors.ts';
import { createExport } from '../exports/createExport.ts';
import { deleteExport } from '../exports/deleteExport.ts';
import { getCheckpointFile } from '../exports/getCheckpointFile.ts';
import { getExport } from '../exports/getExport.ts';
import { getExportFile } from '../exports/getExportFile.ts';
import { listExports } from '../exports/listExports.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';
import { patienceOf } from './patience.ts';

const read = needs('read');
const write = needs('runs');
const exportParameter = idParameter.extend({ export: z.string() });
const found = { 302: { description: 'Where the file is, for some minutes' } };
const patience = 'What is still being made is waited for; after 20 seconds (fewer with `Prefer: wait=5`) the answer is 503 with Retry-After, which `curl --retry 20 -L` follows until it is there.';

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/runs/{id}/exports',
    summary: 'Have the model of a run made into a file for others',
    description: 'The file is loaded again and its logits are compared with those of the checkpoint before it is offered. The same asked for again is the same export.',
    middleware: [write, jsonBody] as const,
    request: { params: idParameter, body: jsonRequest(createExportRequest) },
    responses: { 201: json(runExport, 'The export, queued'), 200: json(runExport, 'The export that there is'), ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/exports',
    summary: 'Exports of a run, newest first',
    description: 'They stay when their checkpoint has given way to newer ones, until they or the run are deleted.',
    middleware: [read] as const,
    request: { params: idParameter },
    responses: { 200: json(z.object({ items: z.array(runExport) }), 'All of them'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/exports/{export}',
    summary: 'An export: whether it is there, and where its files are',
    middleware: [read] as const,
    request: { params: exportParameter },
    responses: { 200: json(runExport, 'The export'), ...problems },
  }),
  delete: createRoute({
    method: 'delete',
    path: '/v1/runs/{id}/exports/{export}',
    summary: 'Delete an export, done or not',
    middleware: [write] as const,
    request: { params: exportParameter },
    responses: { 204: { description: 'Gone' }, ...problems },
  }),
  file: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/exports/{export}/{file}',
    operationId: 'downloadRunExport',
    summary: 'A file of an export: the model, card.md or predict.py',
    description: patience,
    middleware: [read] as const,
    request: { params: exportParameter.extend({ file: z.string() }) },
    responses: { ...found, ...problems },
  }),
  checkpoint: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/checkpoints/{epoch}/{format}',
    summary: 'The model after an epoch: safetensors, pth or onnx',
    description: `\`epoch\` is a number (0: before any training), \`best\` or \`last\`. ${patience}`,
    middleware: [read] as const,
    request: { params: idParameter.extend({ epoch: z.string(), format: z.string() }) },
    responses: { ...found, ...problems },
  }),
};

export function addExportRoutes(app: App): void {
  app.openapi(routes.create, async (c) => {
    const { made, created } = await createExport(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') });
    c.header('location', `/v1/runs/${made.run}/exports/${made.id}`);
    return c.json(made, created ? 201 : 200);
  });
  app.openapi(routes.list, async (c) => c.json(await listExports(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.get, async (c) => c.json(await getExport(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.delete, async (c) => {
    await deleteExport(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.file, async (c) => c.redirect((await getExportFile(ownerContext(c), { ...c.req.valid('param'), patience: patienceOf(c) })).url, 302));
  app.openapi(routes.checkpoint, async (c) => {
    const { id, epoch, format } = c.req.valid('param');
    const [asked, as] = [exportEpochInPath.safeParse(epoch).data, exportFormat.safeParse(format).data];
    if (asked === undefined) throw notFound('checkpoint of such an epoch', 'Name a number, best or last.');
    if (as === undefined) throw notFound('such format', `A model can be had as ${exportFormat.options.join(', ')}.`);
    return c.redirect((await getCheckpointFile(ownerContext(c), { id, epoch: asked, format: as, patience: patienceOf(c) })).url, 302);
  });
}
