import { cors } from 'hono/cors';

/** Lets pages of these origins call the API with a key. No cookies: who a browser is signed in as is no business of another origin. */
export const allowOrigins = (origins: readonly string[]) =>
  cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Last-Event-ID'],
    exposeHeaders: ['Content-Disposition', 'ETag', 'Idempotent-Replay', 'Location', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  });
