import { createRoute } from '@hono/zod-openapi';
import { metricsAnswer, metricsQuery } from '@thaw/contract/metricsQuery';
import { runLog, runLogQuery } from '@thaw/contract/runLog';
import { getMetrics } from '../runs/getMetrics.ts';
import { getRunLog } from '../runs/getRunLog.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { idParameter } from './parameters.ts';
import { streamBody } from './streamBody.ts';

const answer = json(metricsAnswer, 'Losses in nats, accuracies as fractions. NaN, Infinity and -Infinity are words');

const series = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/metrics',
  summary: 'Every step and epoch of a run, once',
  description:
    'All of it, or as few `points` as a chart can show: the iterations then come in buckets of the same number of rows (a power of two), of each of which stay the first, the last, and for each field the least, the greatest and the first that is not a number. So no spike is lost. A TensorBoard file goes into a folder of its own that TensorBoard is shown.',
  middleware: [needs('read')] as const,
  request: { params: idParameter, query: metricsQuery },
  responses: {
    200: { ...answer, content: { ...answer.content, 'text/csv': {}, 'application/x-ndjson': {}, 'application/octet-stream': {} } },
    ...problems,
  },
});

const logs = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/logs',
  summary: 'What a run said besides its measurements: messages, phases, checkpoints, panels',
  description: 'With its `after` as Last-Event-ID the event stream goes on from here.',
  middleware: [needs('read')] as const,
  request: { params: idParameter, query: runLogQuery },
  responses: { 200: json(runLog, 'Events in order'), ...problems },
});

export function addSeriesRoutes(app: App): void {
  app.openapi(logs, async (c) => c.json(await getRunLog(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') }), 200));
  app.openapi(series, async (c) => {
    const query = c.req.valid('query');
    const { contentType, name, blocks } = await getMetrics(ownerContext(c), { ...c.req.valid('param'), ...query });
    c.header('content-type', contentType);
    if (query.format !== 'json') c.header('content-disposition', `attachment; filename="${name}"`);
    return c.body(streamBody(blocks)) as never;
  });
}
