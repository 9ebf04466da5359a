import { problemKinds, problemType, type Problem } from '@thaw/contract/problems';
import { isDatabaseAway } from '@thaw/db/isDatabaseAway';
import type { Context as HonoContext } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { ApiError } from '../errors.ts';
import type { AppEnv } from './httpContext.ts';

const titleOf = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ');

export function problemResponse(c: HonoContext<AppEnv>, { kind, message, faults, retryAfterSeconds }: ApiError): Response {
  const status = problemKinds[kind];
  const body: Problem = {
    type: problemType(kind),
    title: titleOf(kind),
    status,
    detail: message,
    ...(faults !== undefined && { errors: [...faults] }),
    requestId: c.get('requestId'),
  };
  const headers = {
    'content-type': 'application/problem+json',
    ...(kind === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  return c.body(JSON.stringify(body), status, headers);
}

/**
 * Every error as a problem. What is not one of ours tells the caller nothing but the id under which the log has it.
 * @returns also whether the log should have it
 */
export function problemOf(error: unknown): { problem: ApiError; unexpected: boolean } {
  if (error instanceof ApiError) return { problem: error, unexpected: error.kind === 'unavailable' };
  if (error instanceof HTTPException && error.status < 500)
    return { problem: new ApiError('invalid-request', 'The request cannot be read. Check its form against /v1/openapi.json.'), unexpected: false };
  if (isDatabaseAway(error))
    return { problem: new ApiError('unavailable', 'The database does not answer. Try again in a moment.', { cause: error }), unexpected: true };
  return { problem: new ApiError('internal-error', 'Something unexpected went wrong here. The requestId tells where to look in the log.', { cause: error }), unexpected: true };
}
