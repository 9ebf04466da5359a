import { createRoute, z } from '@hono/zod-openapi';
import { exportEpochInPath } from '@thaw/contract/exports';
import { changeCheckpointRequest, checkpoint } from '@thaw/contract/runs';
import { changeCheckpoint } from '../checkpoints/changeCheckpoint.ts';
import { listCheckpoints } from '../checkpoints/listCheckpoints.ts';
import { notFound } from '../errors.ts';
import { needs } from './authenticate.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';
import { idParameter } from './parameters.ts';

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/runs/{id}/checkpoints',
    summary: 'Checkpoints that are kept',
    description:
      'While a run goes on, the last two, the best and those that are pinned. Where the service limits how long they are kept after the end of the run, `expiresAt` says which will go and when; the last, the best, and what is pinned or was exported stay.',
    middleware: [needs('read')] as const,
    request: { params: idParameter },
    responses: { 200: json(z.object({ items: z.array(checkpoint) }), 'By epoch'), ...problems },
  }),
  change: createRoute({
    method: 'patch',
    path: '/v1/runs/{id}/checkpoints/{epoch}',
    summary: 'Pin a checkpoint, so that it stays for as long as the run is there, or unpin it',
    description: '`epoch` is a number, `best` or `last`: the checkpoint that this is now.',
    middleware: [needs('runs'), jsonBody] as const,
    request: { params: idParameter.extend({ epoch: z.string() }), body: jsonRequest(changeCheckpointRequest) },
    responses: { 200: json(checkpoint, 'The checkpoint'), ...problems },
  }),
};

/** What a run has saved on its way. */
export function addCheckpointRoutes(app: App): void {
  app.openapi(routes.list, async (c) => c.json(await listCheckpoints(ownerContext(c), c.req.valid('param')), 200));
  app.openapi(routes.change, async (c) => {
    const { id, epoch } = c.req.valid('param');
    const asked = exportEpochInPath.safeParse(epoch).data;
    if (asked === undefined) throw notFound('checkpoint of such an epoch', 'Name a number, best or last.');
    return c.json(await changeCheckpoint(ownerContext(c), { id, epoch: asked, ...c.req.valid('json') }), 200);
  });
}
