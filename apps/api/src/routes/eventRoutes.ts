import { createRoute, z } from '@hono/zod-openapi';
import { updates } from '@thaw/contract/updates';
import type { Context as HonoContext } from 'hono';
import { findVersion } from '../datasets/findVersion.ts';
import { notFound } from '../errors.ts';
import { findRun } from '../runs/findRun.ts';
import type { Changes } from '../stream/changes.ts';
import { followRun, type FollowOptions } from '../stream/followRun.ts';
import { followVersion } from '../stream/followVersion.ts';
import type { Feed } from '../stream/feed.ts';
import { readLastEventId } from '../stream/runState.ts';
import { runUpdates, type Updates } from '../stream/runUpdates.ts';
import { versionEndId } from '../stream/versionTopic.ts';
import { versionUpdates } from '../stream/versionUpdates.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App, type AppEnv } from './httpContext.ts';
import { idParameter, versionParameter, wholeNumber } from './parameters.ts';
import { streamBody } from './streamBody.ts';

const headers = z.object({ 'last-event-id': z.string().optional() });
const responses = {
  200: { description: 'A stream', content: { 'text/event-stream': {} } },
  204: { description: 'Over, and all of it seen' },
  ...problems,
};

const ofRun = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/events',
  summary: 'Follow a run (server-sent events)',
  description: 'Messages `run`, `batch` and, last, `end`. Last-Event-ID goes on after that batch. 204: nothing will follow what you have.',
  middleware: needs('read'),
  request: { params: idParameter, headers },
  responses,
});

const ofVersion = createRoute({
  method: 'get',
  path: '/v1/datasets/{id}/versions/{version}/events',
  summary: 'Follow the import of a data set version (server-sent events)',
  description: 'Messages `version`, at first and at every change, and, last, `end`. 204: nothing will follow what you have.',
  middleware: needs('read'),
  request: { params: idParameter.extend({ version: z.string() }), headers },
  responses,
});

const query = z.object({ after: z.string().max(100).optional().openapi({ description: '`after` of the answer before, or the last id that a stream gave' }) });
const asked = { 200: json(updates, 'What there is, at once'), ...problems };

const updatesOfRun = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/updates',
  summary: 'What is new about a run: its event stream for those who ask now and then',
  description: 'The messages that /events would send at once after `after`: the run as it is, then about 1 MiB of batches at most, and `end`. Ask again at once where batches came, else in a second or two.',
  middleware: [needs('read')] as const,
  request: { params: idParameter, query },
  responses: asked,
});

const updatesOfVersion = createRoute({
  method: 'get',
  path: '/v1/datasets/{id}/versions/{version}/updates',
  summary: 'What is new about the import of a data set version: its event stream for those who ask now and then',
  middleware: [needs('read')] as const,
  request: { params: versionParameter, query },
  responses: asked,
});

interface Followed<T> {
  topic: T;
  leave: () => void;
}

/** Sends what a follower of a topic is told until there is no more or the client is gone. */
function sendStream<T extends { changes: Changes }>(c: HonoContext<AppEnv>, { topic, leave }: Followed<T>, tell: (topic: T, options: FollowOptions) => AsyncIterable<Buffer>, pingSeconds: number): Response {
  c.header('content-type', 'text/event-stream; charset=utf-8');
  c.header('cache-control', 'no-cache, no-transform');
  c.header('x-accel-buffering', 'no');
  if (c.req.method === 'HEAD') {
    leave();
    return c.body(null, 200);
  }
  const gone = new AbortController();
  const { log } = c.get('base');
  const unwatch = c.get('accounts').callers.watch(ownerContext(c).caller, () => {
    gone.abort();
    topic.changes.nudge();
  });
  return c.body(
    streamBody(tell(topic, { signal: gone.signal, pingSeconds }), {
      onEnd: () => {
        unwatch();
        gone.abort();
        leave();
      },
      onError: (error) => log.warn({ err: error }, 'an event stream breaks off; its client asks again'),
    }),
  );
}

/** The messages hold JSON already, which may be large: it is put together, not read and written again. */
function answer(c: HonoContext<AppEnv>, { messages, after, ended }: Updates): Response {
  const items = messages.map(({ event, id, data }) => `{"event":"${event}","id":${id === undefined ? 'null' : `"${id}"`},"data":${data}}`);
  return c.body(`{"messages":[${items.join(',')}],"after":${JSON.stringify(after)},"ended":${ended}}`, 200, { 'content-type': 'application/json' });
}

export function addEventRoutes(app: App, feed: Feed, pingSeconds: number): void {
  for (const route of [ofRun, ofVersion]) app.openAPIRegistry.registerPath(route);

  app.get(ofRun.getRoutingPath(), ofRun.middleware, async (c) => {
    const ctx = ownerContext(c);
    const { id } = await findRun(ctx.db, ctx.caller, c.req.param('id'));
    const { after, sawEnd } = readLastEventId(c.req.header('last-event-id'));
    const followed = await feed.runs.follow(id);
    // An EventSource connects again for ever unless it gets this answer.
    if (sawEnd && followed.topic.ended && after >= followed.topic.head) {
      followed.leave();
      return c.body(null, 204);
    }
    return sendStream(c, followed, (topic, options) => followRun(topic, after, options), pingSeconds);
  });

  app.get(ofVersion.getRoutingPath(), ofVersion.middleware, async (c) => {
    const ctx = ownerContext(c);
    const version = wholeNumber.safeParse(c.req.param('version'));
    if (!version.success) throw notFound('such version');
    const { datasetId, version: number } = await findVersion(ctx.db, ctx.caller, { id: c.req.param('id'), version: version.data });
    const followed = await feed.versions.follow(`${datasetId}/${number}`);
    if (c.req.header('last-event-id') === versionEndId && followed.topic.ended) {
      followed.leave();
      return c.body(null, 204);
    }
    return sendStream(c, followed, followVersion, pingSeconds);
  });

  app.openapi(updatesOfRun, async (c) => answer(c, await runUpdates(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') })) as never);
  app.openapi(updatesOfVersion, async (c) => answer(c, await versionUpdates(ownerContext(c), { ...c.req.valid('param'), ...c.req.valid('query') })) as never);
}
