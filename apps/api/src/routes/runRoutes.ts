import { createRoute, z } from '@hono/zod-openapi';
import { comparison } from '@thaw/contract/comparison';
import { evaluation } from '@thaw/contract/evaluation';
import { evaluationPictures, evaluationPicturesQuery } from '@thaw/contract/evaluationPictures';
import { comparedRuns, runComparison } from '@thaw/contract/runComparison';
import { changeRunRequest, cloneRunRequest, createRunRequest, listedRun, page, run, runSort, runTag, runWithCompanions, sortOrder } from '@thaw/contract/runs';
import { presetName } from '@thaw/contract/runSpec';
import { runStatus } from '@thaw/contract/runStatus';
import { invalid } from '../errors.ts';
import { cancelRun } from '../runs/cancelRun.ts';
import { changeRun, etagOf } from '../runs/changeRun.ts';
import { cloneRun } from '../runs/cloneRun.ts';
import { compareRuns } from '../runs/compareRuns.ts';
import { createRun } from '../runs/createRun.ts';
import { deleteRun } from '../runs/deleteRun.ts';
import { getComparison } from '../runs/getComparison.ts';
import { getEvaluation } from '../runs/getEvaluation.ts';
import { getRun } from '../runs/getRun.ts';
import { listEvaluatedPictures } from '../runs/listEvaluatedPictures.ts';
import { listRuns } from '../runs/listRuns.ts';
import { resumeRun } from '../runs/resumeRun.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter, pageQuery, searchText } from './parameters.ts';
import { addSeriesRoutes } from './seriesRoutes.ts';

const read = needs('read');
const write = needs('runs');
const params = idParameter;
const etag = { headers: z.object({ etag: z.string().openapi({ description: 'For If-Match: rises when name, tags or notes are changed' }) }) };

/** PostgreSQL knows no year 0. */
const moment = z.iso.datetime({ offset: true }).refine((text) => Date.parse(text) >= 0, 'is a moment after 1970');

const listQuery = pageQuery.extend({
  sort: runSort.default('created'),
  order: sortOrder.default('desc'),
  /** Given several times, a run must have one of them. */
  status: z.union([runStatus, z.array(runStatus).max(10)]).optional(),
  preset: presetName.optional(),
  dataset: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is the id of a data set').optional(),
  /** Given several times, a run must have all of them. */
  tag: z.union([runTag, z.array(runTag).max(20)]).optional(),
  search: searchText.optional(),
  createdSince: moment.optional(),
  createdBefore: moment.optional(),
  companionOf: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is the id of a run, or "none"').optional(),
  sparkline: z.enum(['true', 'false']).default('false').transform((text) => text === 'true'),
});

const comparedQuery = z.object({
  run: z.union([z.string(), z.array(z.string()).max(100)]).openapi({ description: 'Ids of runs, one a parameter: run=a&run=b' }),
  points: z.coerce.number().int().min(3).max(1000).default(200).openapi({ description: 'Epochs of each run at most' }),
});

const routes = {
  create: createRoute({
    method: 'post',
    path: '/v1/runs',
    summary: 'Queue a run',
    description: 'A RunSpec with any field left out; the preset named in it (or tutorial) fills the rest. Unknown fields are errors. The companions that it asks for are queued with it.',
    middleware: [write, jsonBody] as const,
    request: { headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }), body: jsonRequest(createRunRequest) },
    responses: { 201: { ...json(runWithCompanions, 'The run; the same one for a repeated Idempotency-Key'), ...etag }, ...problems },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/runs',
    summary: 'Runs: filtered, searched, sorted; unless told otherwise all of them, newest first',
    description:
      '`search` looks for a part of the name or the notes, in any case. A run must have each `tag` and one `status` of those that are given. `companionOf=none` leaves out companions. `accuracy` sorts by the best checkpoint; runs that have not finished, or have no accuracy yet, come last in both orders. With `sparkline=true` each run comes with up to 32 of its epochs. A cursor belongs to its sort and order.',
    middleware: [read] as const,
    request: { query: listQuery },
    responses: { 200: json(page(listedRun), 'A page'), ...problems },
  }),
  get: createRoute({
    method: 'get',
    path: '/v1/runs/{id}',
    summary: 'A run, with its notes and companions',
    middleware: [read] as const,
    request: { params },
    responses: { 200: { ...json(runWithCompanions, 'The run'), ...etag }, ...problems },
  }),
  change: createRoute({
    method: 'patch',
    path: '/v1/runs/{id}',
    summary: 'Change name, tags, notes or priority of a run',
    description: 'What is left out stays; tags are replaced as a whole. The priority, among its owner\'s runs, can be changed while the run waits. With If-Match and the ETag that was read, 412 where someone has changed them since.',
    middleware: [write, jsonBody] as const,
    request: { params, headers: z.object({ 'if-match': z.string().max(1000).optional() }), body: jsonRequest(changeRunRequest) },
    responses: { 200: { ...json(runWithCompanions, 'The run'), ...etag }, ...problems },
  }),
  clone: createRoute({
    method: 'post',
    path: '/v1/runs/{id}/clone',
    summary: 'Queue a run like this one, with changes',
    description:
      'Any part of a RunSpec is laid over that of the run; `{}` repeats it. It trains on the same version of the data and from the same weights, unless it names others. Name, tags and priority are taken over where they are left out.',
    middleware: [write, jsonBody] as const,
    request: { params, body: jsonRequest(cloneRunRequest) },
    responses: { 201: { ...json(runWithCompanions, 'The new run'), ...etag }, ...problems },
  }),
  compare: createRoute({
    method: 'get',
    path: '/v1/comparison',
    summary: 'Runs side by side: settings that differ, results, curves',
    description: `${comparedRuns.least} to ${comparedRuns.most} of your runs. Settings that are the same in all are left out.`,
    middleware: [read] as const,
    request: { query: comparedQuery },
    responses: { 200: json(runComparison, 'The comparison'), ...problems },
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
  evaluationPictures: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/evaluation/pictures',
    summary: 'Pictures of a cell of the confusion matrix, the surest first',
    description:
      'Those of the class `actual` that were taken for `predicted`, both by their places in `classes` of the evaluation, from 0. Where the two are the same it is those that were told right. 404 also for a run that has no record of its pictures.',
    middleware: [read] as const,
    request: { params, query: pageQuery.extend(evaluationPicturesQuery.shape) },
    responses: { 200: json(evaluationPictures, 'A page'), ...problems },
  }),
};

export function addRunRoutes(app: App): void {
  addSeriesRoutes(app);
  app.openapi(routes.create, async (c) => {
    const { run: made, created } = await createRun(ownerContext(c), { request: c.req.valid('json'), idempotencyKey: c.req.valid('header')['idempotency-key'] });
    c.header('location', `/v1/runs/${made.id}`);
    c.header('etag', etagOf(made));
    if (!created) c.header('idempotent-replay', 'true');
    return c.json(made, 201);
  });
  app.openapi(routes.list, async (c) => {
    const { tag = [], status = [], createdSince, createdBefore, ...query } = c.req.valid('query');
    const asDate = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
    const between = { createdSince: asDate(createdSince), createdBefore: asDate(createdBefore) };
    return c.json(await listRuns(ownerContext(c), { ...query, ...between, tags: [tag].flat(), statuses: [status].flat() }), 200);
  });
  app.openapi(routes.get, async (c) => {
    const found = await getRun(ownerContext(c), c.req.valid('param'));
    c.header('etag', etagOf(found));
    return c.json(found, 200);
  });
  app.openapi(routes.change, async (c) => {
    const changed = await changeRun(ownerContext(c), { ...c.req.valid('param'), change: c.req.valid('json'), ifMatch: c.req.valid('header')['if-match'] });
    c.header('etag', etagOf(changed));
    return c.json(changed, 200);
  });
  app.openapi(routes.clone, async (c) => {
    const made = await cloneRun(ownerContext(c), { ...c.req.valid('param'), request: c.req.valid('json') });
    c.header('location', `/v1/runs/${made.id}`);
    c.header('etag', etagOf(made));
    return c.json(made, 201);
  });
  app.openapi(routes.compare, async (c) => {
    const { run: asked, points } = c.req.valid('query');
    const ids = [...new Set([asked].flat())];
    if (ids.length < comparedRuns.least || ids.length > comparedRuns.most)
      throw invalid([{ path: 'run', message: `${comparedRuns.least} to ${comparedRuns.most} runs can be compared, and ${ids.length} ${ids.length === 1 ? 'is' : 'are'} named; give the parameter once for each` }]);
    return c.json(await compareRuns(ownerContext(c), { ids, points }), 200);
  });
  app.openapi(routes.delete, async (c) => {
    await deleteRun(ownerContext(c), c.req.valid('param'));
    return c.body(null, 204);
  });
  app.openapi(routes.cancel, async (c) => c.json(await cancelRun(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.resume, async (c) => c.json(await resumeRun(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.comparison, async (c) => c.json(await getComparison(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.evaluation, async (c) => c.json(await getEvaluation(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.evaluationPictures, async (c) => c.json(await listEvaluatedPictures(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));
}
