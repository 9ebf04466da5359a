import { createRoute } from '@hono/zod-openapi';
import {
  checkpointRequest,
  claimRequest,
  eventsRequest,
  finishRequest,
  heartbeatReply,
  heartbeatRequest,
  ticket,
  uploadReply,
  uploadRequest,
  workerPaths,
} from '@thaw/contract/worker';
import type { z } from 'zod';
import { claimRun } from '../attempts/claimRun.ts';
import { finishRun } from '../attempts/finishRun.ts';
import { heartbeat } from '../attempts/heartbeat.ts';
import { presignUpload } from '../attempts/presignUpload.ts';
import { recordCheckpoint } from '../attempts/recordCheckpoint.ts';
import { recordEvents } from '../attempts/recordEvents.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { attemptContext, workerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';

/** The worker protocol is no part of the public document: its two sides come out of this repository together. */
const hidden = { method: 'post', hide: true, middleware: jsonBody } as const;
const done = { 204: { description: 'Done' }, ...problems };

const call = <P extends string, T extends z.ZodType>(path: P, schema: T) => ({ ...hidden, path: `/worker/v1/runs/{id}/${path}` as const, request: { body: jsonRequest(schema) } });

const routes = {
  claim: createRoute({
    ...hidden,
    path: workerPaths.claim,
    request: { body: jsonRequest(claimRequest) },
    responses: { 200: json(ticket, 'A run'), 204: { description: 'No run waits' }, ...problems },
  }),
  heartbeat: createRoute({ ...call('heartbeat', heartbeatRequest), responses: { 200: json(heartbeatReply, 'Whether to go on'), ...problems } }),
  events: createRoute({ ...call('events', eventsRequest), responses: done }),
  uploads: createRoute({ ...call('uploads', uploadRequest), responses: { 200: json(uploadReply, 'Where to put it'), ...problems } }),
  checkpoints: createRoute({ ...call('checkpoints', checkpointRequest), responses: done }),
  finish: createRoute({ ...call('finish', finishRequest), responses: done }),
};

export function addWorkerRoutes(app: App): void {
  app.openapi(routes.claim, async (c) => {
    const claimed = await claimRun(workerContext(c), c.req.valid('json'));
    return claimed === null ? c.body(null, 204) : c.json(claimed, 200);
  });
  app.openapi(routes.heartbeat, async (c) => c.json(await heartbeat(attemptContext(c), c.req.valid('json')), 200));
  app.openapi(routes.events, async (c) => {
    await recordEvents(attemptContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
  app.openapi(routes.uploads, async (c) => c.json(await presignUpload(attemptContext(c), c.req.valid('json')), 200));
  app.openapi(routes.checkpoints, async (c) => {
    await recordCheckpoint(attemptContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
  app.openapi(routes.finish, async (c) => {
    await finishRun(attemptContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
}
