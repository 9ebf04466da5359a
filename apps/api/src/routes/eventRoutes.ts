import { createRoute, z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { stream } from 'hono/streaming';
import { findVersion } from '../datasets/findVersion.ts';
import { notFound } from '../errors.ts';
import { findRun } from '../runs/findRun.ts';
import { followRun, readLastEventId } from '../stream/followRun.ts';
import { followVersion, versionEndId } from '../stream/followVersion.ts';
import type { Feed } from '../stream/feed.ts';
import type { StreamMessage } from '../stream/streamMessage.ts';
import { needs } from './authenticate.ts';
import { problems } from './describe.ts';
import { ownerContext, type App, type AppEnv } from './httpContext.ts';
import { idParameter, wholeNumber } from './parameters.ts';

const headers = z.object({ 'last-event-id': z.string().optional() });
const responses = {
  200: { description: 'A stream', content: { 'text/event-stream': { schema: z.string() } } },
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

/** Sends messages until there are no more or the client is gone. `leave` is called in any case. */
function sendStream(c: HonoContext<AppEnv>, messages: (signal: AbortSignal) => AsyncIterable<StreamMessage>, leave: () => void, pingSeconds: number): Response {
  c.header('content-type', 'text/event-stream; charset=utf-8');
  c.header('cache-control', 'no-cache, no-transform');
  c.header('x-accel-buffering', 'no');
  if (c.req.method === 'HEAD') {
    leave();
    return c.body(null, 200);
  }
  return stream(c, async (out) => {
    const gone = new AbortController();
    out.onAbort(() => gone.abort());
    const ping = setInterval(() => void out.write(': ping\n\n'), pingSeconds * 1000);
    try {
      // Says something at once, so that proxies pass the headers on.
      await out.write('retry: 2000\n\n');
      for await (const message of messages(gone.signal)) await out.write(format(message));
    } finally {
      clearInterval(ping);
      leave();
    }
  });
}

export function addEventRoutes(app: App, feed: Feed, pingSeconds: number): void {
  for (const route of [ofRun, ofVersion]) app.openAPIRegistry.registerPath(route);

  app.get(ofRun.getRoutingPath(), ofRun.middleware, async (c) => {
    const ctx = ownerContext(c);
    const { id } = await findRun(ctx.db, ctx.caller, c.req.param('id'));
    const { after, sawEnd } = readLastEventId(c.req.header('last-event-id'));
    const { topic, leave } = await feed.runs.follow(id);
    // An EventSource connects again for ever unless it gets this answer.
    if (sawEnd && topic.ended && after >= topic.head) {
      leave();
      return c.body(null, 204);
    }
    return sendStream(c, (signal) => followRun(topic, after, signal), leave, pingSeconds);
  });

  app.get(ofVersion.getRoutingPath(), ofVersion.middleware, async (c) => {
    const ctx = ownerContext(c);
    const version = wholeNumber.safeParse(c.req.param('version'));
    if (!version.success) throw notFound('such version');
    const { datasetId, version: number } = await findVersion(ctx.db, ctx.caller, { id: c.req.param('id'), version: version.data });
    const { topic, leave } = await feed.versions.follow(`${datasetId}/${number}`);
    if (c.req.header('last-event-id') === versionEndId && topic.ended) {
      leave();
      return c.body(null, 204);
    }
    return sendStream(c, (signal) => followVersion(topic, signal), leave, pingSeconds);
  });
}

/** JSON holds no line break, so each message is one line of data. */
const format = ({ event, id, data }: StreamMessage): string => `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
