import { createMiddleware } from 'hono/factory';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

const maxDepth = 32;

/** For routes with a body: it is JSON, says so, and is not nested deeper than any request of ours could be. */
export const jsonBody = createMiddleware<AppEnv>(async (c, next) => {
  const contentType = c.req.header('content-type') ?? '';
  if (!/^application\/json *(;|$)/i.test(contentType))
    throw new ApiError('unsupported-media-type', 'Send the body as JSON, with the header "Content-Type: application/json".');
  const text = await c.req.text();
  if (depthOf(text) > maxDepth) throw new ApiError('invalid-request', `The body is nested deeper than ${maxDepth} levels. Send a plain request.`);
  try {
    JSON.parse(text);
  } catch {
    throw new ApiError('invalid-request', 'The body is not JSON. Check quotes, commas and brackets.');
  }
  await next();
});

/** Deepest nesting of brackets outside of strings. Without recursion: the text is not trusted. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}
