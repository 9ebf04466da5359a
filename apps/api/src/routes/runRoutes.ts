import { createRoute, z } from '@hono/zod-openapi';
import { comparison } from '@thaw/contract/comparison';
import { evaluation } from '@thaw/contract/evaluation';
import { checkpoint, createRunRequest, metrics, page, run, runName, runWithCompanions } from '@thaw/contract/runs';
import { runStatus } from '@thaw/contract/runStatus';
import { cancelRun } from '../runs/cancelRun.ts';
import { createRun } from '../runs/createRun.ts';
import { deleteRun } from '../runs/deleteRun.ts';
import { getComparison } from '../runs/getComparison.ts';
import { getEvaluation } from '../runs/getEvaluation.ts';
import { getMetrics } from '../runs/getMetrics.ts';
import { getRun } from '../runs/getRun.ts';
import { listCheckpoints } from '../runs/listCheckpoints.ts';
import { listRuns } from '../runs/listRuns.ts';
import { renameRun } from '../runs/renameRun.ts';
import { resumeRun } from '../runs/resumeRun.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery } from './parameters.ts';

const read = needs('read');
const write = needs('runs');
const params = idParameter;

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/runs',
    summary: 'Queue a run',
    description: 'A RunSpec with any field left out; the preset named in it (or tutorial) fills the rest. Unknown fields are errors. The companions that it asks for are queued with it.',
    middleware: [write, jsonBody] as const,
    request: { headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }), body: jsonRequest(createRunRequest) },
    responses: { 201: json(runWithCompanions, 'The run; the same one for a repeated Idempotency-Key'), ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/runs',
    summary: 'Runs, newest first',
    middleware: [read] as const,
    request: { query: pageQuery.extend({ status: runStatus.optional() }) },
    responses: { 200: json(page(run), 'A page'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/runs/{id}',
    summary: 'A run, with its companions',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(runWithCompanions, 'The run'), ...problems },
  }),
  rename: createRoute({
    method: 'patch',
    path: '/v1/runs/{id}',
    summary: 'Rename a run',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(z.strictObject({ name: runName })) },
    responses: { 200: json(run, 'The run'), ...problems },
  }),
  delete: createRoute({
    method: 'delete',
    path: '/v1/runs/{id}',
    summary: 'Delete a run that has ended, with its checkpoints and curves',
    middleware: [write] as const,
    request: { params },
    responses: { 204: { description: 'Gone' }, ...problems },
  }),
  cancel: createRoute({
    method: 'post',
    path: '/v1/runs/{id}/cancel',
    summary: 'Stop a run; it can be resumed',
    middleware: [write] as const,
    request: { params },
    responses: { 200: json(run, 'The run, cancelled or asked to stop'), ...problems },
  }),
  resume: createRoute({
    method: 'post',
    path: '/v1/runs/{id}/resume',
    summary: 'Queue a failed or cancelled run again, from its last checkpoint',
    middleware: [write] as const,
    request: { params },
    responses: { 200: json(run, 'The run'), ...problems },
  }),
  metrics: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/metrics',
    summary: 'Every step and epoch of a run, once',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(metrics, 'Losses in nats, accuracies as fractions'), ...problems },
  }),
  comparison: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/comparison',
    summary: 'A run beside its companions: untuned, linear probe, from scratch',
    description:
      'What a spec asks for with `companions` trains beside the run, on the same data, split and seed. `gain` says how many points of test accuracy the run is above each.',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(comparison, 'The table; null where something is not there yet'), ...problems },
  }),
  evaluation: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/evaluation',
    summary: 'How good the model of a run is on its test part',
    description: 'Accuracy, confusion matrix, figures of each class, calibration, the surest mistakes, and the panel. 404 until the run has succeeded.',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(evaluation, 'evaluation.json'), ...problems },
  }),
  checkpoints: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/checkpoints',
    summary: 'Checkpoints that are kept: the last two and the best',
    middleware: [read] as const,
    request: { params },
    responses: { 200: json(z.object({ items: z.array(checkpoint) }), 'By epoch'), ...problems },
  }),
};

export function addRunRoutes(app: App): void {
  app.openapi(routes.create, async (c) => {
    const { run: made, created } = await createRun(ownerContext(c), { request: c.req.valid('json'), idempotencyKey: c.req.valid('header')['idempotency-key'] });
    c.header('location', `/v1/runs/${made.id}`);
    if (!created) c.header('idempotent-replay', 'true');
    return c.json(made, 201);
  });
  app.openapi(routes.list, async (c) => c.json(await listRuns(ownerContext(c), c.req.valid('query')), 200));
  app.openapi(routes.get, async (c) => c.json(await getRun(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.rename, async (c) => c.json(await renameRun(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('json') }), 200));
  app.openapi(routes.delete, async (c) => {
    await deleteRun(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.cancel, async (c) => c.json(await cancelRun(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.resume, async (c) => c.json(await resumeRun(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.metrics, async (c) => c.json(await getMetrics(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.comparison, async (c) => c.json(await getComparison(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.evaluation, async (c) => c.json(await getEvaluation(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.checkpoints, async (c) => c.json(await listCheckpoints(ownerContext(c), c.req.valid('param')), 200));
}
