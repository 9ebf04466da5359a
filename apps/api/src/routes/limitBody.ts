import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

const mebibyte = 2 ** 20;
/** Of a body that is too large so much is read and thrown away, so that its sender comes to hear why it is refused. */
const drainBytes = 16 * mebibyte;

/**
 * Refuses bodies above `maxBytes`, whether they announce their length or not.
 * @param except paths that look after their bodies themselves
 */
export const limitBody = (maxBytes: number, except?: RegExp) =>
  createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD' || except?.test(c.req.path) === true) return next();
    const { body, headers } = c.req.raw;
    if (body === null) return next();
    const announced = headers.has('transfer-encoding') ? null : Number(headers.get('content-length'));
    if (announced !== null && announced <= maxBytes) return next();

    const kept: Uint8Array[] = [];
    let size = 0;
    if (announced === null || announced <= maxBytes + drainBytes)
      for await (const chunk of body as ReadableStream<Uint8Array>) {
        size += chunk.length;
        if (size <= maxBytes) kept.push(chunk);
        else if (size > maxBytes + drainBytes) break;
      }
    if (announced !== null || size > maxBytes)
      throw new ApiError('payload-too-large', `A request may have ${maxBytes / mebibyte} MiB at most. Send less at once.`);
    c.req.raw = new Request(c.req.raw, { body: Buffer.concat(kept) });
    return next();
  });
