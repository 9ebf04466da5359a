import type { Problem } from '@thaw/contract/problems';
import { ApiError } from './ApiError.ts';
import { randomId } from './randomId.ts';

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/**
 * Asks the API, through the dashboard's own origin, and answers what it said. Every POST carries a key of its own, so that a repeat
 * (by a proxy, or by who calls this again with the same options) does nothing twice.
 * @param path from the API's root, such as `/v1/runs`
 * @throws ApiError with the API's own sentence, or with status 0 where it is not reached
 */
export async function callApi<T>(path: `/${string}`, options: CallOptions = {}): Promise<T> {
  const { method = 'GET', body, headers, signal } = options;
  const request: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(method === 'POST' && path.startsWith('/v1/') && { 'idempotency-key': randomId() }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  };
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, request);
  } catch (error) {
    signal?.throwIfAborted();
    throw new ApiError(0, { detail: error instanceof Error ? error.message : String(error) });
  }
  if (!answer.ok) throw await readProblem(answer);
  if (answer.status === 204) return undefined as T;
  return (await answer.json()) as T;
}

/** The problem in an answer. */
export async function readProblem(answer: Response): Promise<ApiError> {
  return new ApiError(answer.status, (await answer.json().catch(() => ({}))) as Partial<Problem>);
}
