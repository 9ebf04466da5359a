import { createRoute, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import { findRun } from '../runs/findRun.ts';
import { followRun, readLastEventId, type StreamMessage } from '../stream/followRun.ts';
import type { RunFeed } from '../stream/runFeed.ts';
import { needs } from './authenticate.ts';
import { problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { idParameter } from './parameters.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/runs/{id}/events',
  summary: 'Follow a run (server-sent events)',
  description: 'Messages `run`, `batch` and, last, `end`. Last-Event-ID goes on after that batch. 204: nothing will follow what you have.',
  middleware: needs('read'),
  request: { params: idParameter, headers: z.object({ 'last-event-id': z.string().optional() }) },
  responses: { 200: { description: 'A stream', content: { 'text/event-stream': { schema: z.string() } } }, 204: { description: 'Over, and all of it seen' }, ...problems },
});

export function addEventRoutes(app: App, feed: RunFeed, pingSeconds: number): void {
  app.openAPIRegistry.registerPath(route);
  app.get(route.getRoutingPath(), route.middleware, async (c) => {
    const ctx = ownerContext(c);
    const { id } = await findRun(ctx.db, ctx.caller, c.req.param('id'));
    const { after, sawEnd } = readLastEventId(c.req.header('last-event-id'));
    const { topic, leave } = await feed.follow(id);
    // An EventSource connects again for ever unless it gets this answer.
    if (sawEnd && topic.ended && after >= topic.head) {
      leave();
      return c.body(null, 204);
    }
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
        for await (const message of followRun(topic, after, gone.signal)) await out.write(format(message));
      } finally {
        clearInterval(ping);
        leave();
      }
    });
  });
}

/** JSON holds no line break, so each message is one line of data. */
const format = ({ event, id, data }: StreamMessage): string => `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
