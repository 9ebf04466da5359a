import { parseJson } from '@thaw/contract/parseJson';
import { problem, problemType } from '@thaw/contract/problems';
import { storageHeader, type storagePlace } from '@thaw/contract/worker';
import { z } from 'zod';
import { describeError } from './describeError.ts';
import type { Log } from './log.ts';
import { readBounded } from './readBounded.ts';
import { retry, type Backoff } from './retry.ts';

/** The API answered, and the answer is no. Asking again in the same way would not help. */
export class ApiRefusal extends Error {
  override readonly name: string = 'ApiRefusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The work has gone on elsewhere: everything that this worker does for it is void. */
export class StaleAttempt extends ApiRefusal {
  override readonly name = 'StaleAttempt';
}

/** The API did not answer, or answered that it cannot now. */
class ApiAway extends Error {
  override readonly name = 'ApiAway';
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ApiOptions {
  /** Address of the API, with or without a path (`https://thaw.example/api`). */
  url: string;
  workerToken: string;
  /** Whose addresses of the storage this worker reaches; default: everyone's. */
  storage?: z.infer<typeof storagePlace>;
  log: Log;
  timeoutMs?: number;
  backoff?: Backoff;
}

/** The calls of one attempt: each names its last part of the path, and carries the attempt's number. */
export interface AttemptCalls<Call extends string> {
  /** One try. Null where the answer is 204. */
  once<T>(call: Call, body: object, reply: z.ZodType<T>, signal: AbortSignal): Promise<T | null>;
  /** Repeats until the API has answered or `signal` aborts. */
  untilAnswered<T>(call: Call, body: object, reply: z.ZodType<T>, signal: AbortSignal, timeoutMs?: number): Promise<T | null>;
}

export interface AttemptOptions<Call extends string> {
  attempt: number;
  attemptToken: string;
  pathOf: (call: Call) => string;
  /** Names the work in the log. */
  what: string;
  /** Called as soon as any call learns that the attempt is void, before the call throws. */
  onStale: (stale: StaleAttempt) => void;
}

export interface ApiCalls {
  /** One try with the worker's own token. Null where the answer is 204. */
  claim<T>(path: string, body: unknown, reply: z.ZodType<T>): Promise<T | null>;
  ofAttempt<Call extends string>(options: AttemptOptions<Call>): AttemptCalls<Call>;
}

/** A ticket carries a spec, a manifest with up to 1,000 class names and some presigned addresses; that of an edit many places. */
const maxReplyBytes = 256 * 2 ** 20;

/** The worker's side of /worker/v1: JSON over POST, answers checked against their schema and bounded, outages waited for. */
export function createApiCalls({ url, workerToken, storage = 'public', log, timeoutMs: usualTimeoutMs = 15_000, backoff = { firstMs: 250, maxMs: 10_000 } }: ApiOptions): ApiCalls {
  const base = url.replace(/\/+$/, '');

  async function post<T>(path: string, token: string, body: unknown, reply: z.ZodType<T>, signal?: AbortSignal, timeoutMs = usualTimeoutMs): Promise<T | null> {
    const timeout = AbortSignal.timeout(timeoutMs);
    let status: number;
    let text: string;
    let retryAfter: string | null;
    try {
      const response = await fetch(base + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json', [storageHeader]: storage },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      status = response.status;
      retryAfter = response.headers.get('retry-after');
      text = await readBounded(response, maxReplyBytes);
    } catch (error) {
      signal?.throwIfAborted();
      throw new ApiAway(timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : describeError(error));
    }
    if (status === 408 || status === 429 || status >= 500) throw new ApiAway(`the API answers ${status}`, retryAfterMs(retryAfter));
    if (status >= 400) throw refusal(status, text);
    if (status === 204) return null;
    const parsed = reply.safeParse(parseJson(text));
    // An answer of another kind comes from a proxy or from an API of another version.
    if (!parsed.success) throw new ApiAway(`the API at ${base} answers ${path} with something else than expected: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }

  function ofAttempt<Call extends string>({ attempt, attemptToken, pathOf, what, onStale }: AttemptOptions<Call>): AttemptCalls<Call> {
    const once = async <T>(call: Call, body: object, reply: z.ZodType<T>, signal: AbortSignal, timeoutMs?: number): Promise<T | null> => {
      try {
        return await post(pathOf(call), attemptToken, { attempt, ...body }, reply, signal, timeoutMs);
      } catch (error) {
        if (error instanceof StaleAttempt) onStale(error);
        throw error;
      }
    };
    return {
      once,
      untilAnswered: (call, body, reply, signal, timeoutMs) =>
        retry(() => once(call, body, reply, signal, timeoutMs), {
          signal,
          backoff,
          retryable: (error) => error instanceof ApiAway && error.retryAfterMs,
          onRetry: (error, failures) => {
            if (failures === 1 || failures % 20 === 0) log('warning', `${what}: ${call} waits for the API (${describeError(error)})`);
          },
        }),
    };
  }

  return { claim: (path, body, reply) => post(path, workerToken, body, reply), ofAttempt };
}

function refusal(status: number, text: string): ApiRefusal {
  const body = problem.safeParse(parseJson(text));
  const message = `the API answers ${status}${body.success ? `: ${body.data.detail}` : ''}`;
  if (status === 409 && body.success && body.data.type === problemType('stale-attempt')) return new StaleAttempt(status, message);
  return new ApiRefusal(status, message);
}

/** Retry-After in seconds; a minute at most, whatever it says. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) ? Math.min(60, Math.max(0, seconds)) * 1000 : 0;
}
