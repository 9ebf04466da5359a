import { createRoute } from '@hono/zod-openapi';
import { taskClaimRequest, taskFinishRequest, taskHeartbeatRequest, taskPaths, taskTicket, taskUploadRequest } from '@thaw/contract/tasks';
import { heartbeatReply, uploadReply } from '@thaw/contract/worker';
import type { z } from 'zod';
import { claimTask } from '../tasks/claimTask.ts';
import { finishTask } from '../tasks/finishTask.ts';
import { giveTaskPlace } from '../tasks/giveTaskPlace.ts';
import { heartbeatTask } from '../tasks/heartbeatTask.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { taskContext, workerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';

/** No part of the public document, like the protocol for runs. */
const hidden = { method: 'post', hide: true, middleware: jsonBody } as const;

const call = <P extends string, T extends z.ZodType>(path: P, schema: T) => ({ ...hidden, path: `/worker/v1/tasks/{id}/${path}` as const, request: { body: jsonRequest(schema) } });

const routes = {
  claim: createRoute({
    ...hidden,
    path: taskPaths.claim,
    request: { body: jsonRequest(taskClaimRequest) },
    responses: { 200: json(taskTicket, 'A task'), 204: { description: 'No task waits' }, ...problems },
  }),
  heartbeat: createRoute({ ...call('heartbeat', taskHeartbeatRequest), responses: { 200: json(heartbeatReply, 'Whether to go on'), ...problems } }),
  uploads: createRoute({ ...call('uploads', taskUploadRequest), responses: { 200: json(uploadReply, 'Where to put it'), ...problems } }),
  finish: createRoute({ ...call('finish', taskFinishRequest), responses: { 204: { description: 'Done' }, ...problems } }),
};

export function addTaskRoutes(app: App): void {
  app.openapi(routes.claim, async (c) => {
    const claimed = await claimTask(workerContext(c), c.req.valid('json'));
    return claimed === null ? c.body(null, 204) : c.json(claimed, 200);
  });
  app.openapi(routes.heartbeat, async (c) => c.json(await heartbeatTask(taskContext(c), c.req.valid('json')), 200));
  app.openapi(routes.uploads, async (c) => c.json(await giveTaskPlace(taskContext(c), c.req.valid('json')), 200));
  app.openapi(routes.finish, async (c) => {
    await finishTask(taskContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
}
