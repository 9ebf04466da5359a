import { createRoute } from '@hono/zod-openapi';
import {
  imagesRequest,
  ingestClaimRequest,
  ingestFinishRequest,
  ingestHeartbeatRequest,
  ingestPaths,
  ingestSource,
  ingestTicket,
  ingestUploadReply,
  ingestUploadRequest,
  sourceRequest,
} from '@thaw/contract/ingest';
import { heartbeatReply } from '@thaw/contract/worker';
import type { z } from 'zod';
import { claimIngest } from '../ingests/claimIngest.ts';
import { finishIngest } from '../ingests/finishIngest.ts';
import { giveUploadPlace } from '../ingests/giveUploadPlace.ts';
import { recordImages } from '../ingests/recordImages.ts';
import { recordProgress } from '../ingests/recordProgress.ts';
import { refreshSource } from '../ingests/refreshSource.ts';
import { json, jsonRequest, problems } from './describe.ts';
import { ingestContext, workerContext, type App } from './httpContext.ts';
import { jsonBody } from './jsonBody.ts';

/** No part of the public document, like the protocol for runs. */
const hidden = { method: 'post', hide: true, middleware: jsonBody } as const;
const done = { 204: { description: 'Done' }, ...problems };

const call = <P extends string, T extends z.ZodType>(path: P, schema: T) => ({
  ...hidden,
  path: `/worker/v1/ingests/{dataset}/{version}/${path}` as const,
  request: { body: jsonRequest(schema) },
});

const routes = {
  claim: createRoute({
    ...hidden,
    path: ingestPaths.claim,
    request: { body: jsonRequest(ingestClaimRequest) },
    responses: { 200: json(ingestTicket, 'An import'), 204: { description: 'No import waits' }, ...problems },
  }),
  source: createRoute({ ...call('source', sourceRequest), responses: { 200: json(ingestSource, 'Fresh addresses'), ...problems } }),
  heartbeat: createRoute({ ...call('heartbeat', ingestHeartbeatRequest), responses: { 200: json(heartbeatReply, 'Whether to go on'), ...problems } }),
  images: createRoute({ ...call('images', imagesRequest), responses: done }),
  uploads: createRoute({ ...call('uploads', ingestUploadRequest), responses: { 200: json(ingestUploadReply, 'Where to put it'), ...problems } }),
  finish: createRoute({ ...call('finish', ingestFinishRequest), responses: done }),
};

export function addIngestRoutes(app: App): void {
  app.openapi(routes.claim, async (c) => {
    const claimed = await claimIngest(workerContext(c), c.req.valid('json'));
    return claimed === null ? c.body(null, 204) : c.json(claimed, 200);
  });
  app.openapi(routes.source, async (c) => c.json(await refreshSource(ingestContext(c), c.req.valid('json')), 200));
  app.openapi(routes.heartbeat, async (c) => c.json(await recordProgress(ingestContext(c), c.req.valid('json')), 200));
  app.openapi(routes.images, async (c) => {
    await recordImages(ingestContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
  app.openapi(routes.uploads, async (c) => c.json(await giveUploadPlace(ingestContext(c), c.req.valid('json')), 200));
  app.openapi(routes.finish, async (c) => {
    await finishIngest(ingestContext(c), c.req.valid('json'));
    return c.body(null, 204);
  });
}
