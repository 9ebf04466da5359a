import { problem, problemType } from '@thaw/contract/problems';
import {
  heartbeatReply,
  ticket,
  uploadReply,
  workerPaths,
  type checkpointRequest,
  type claimRequest,
  type eventsRequest,
  type finishRequest,
  type Ticket,
  type uploadRequest,
} from '@thaw/contract/worker';
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

/** The run has gone on elsewhere: everything that this worker does for it is void. */
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
  log: Log;
  timeoutMs?: number;
  backoff?: Backoff;
}

type Body<T extends { attempt: number }> = Omit<T, 'attempt'>;

/** The calls of one attempt. All but the heartbeat repeat until the API has answered or `signal` aborts. */
export interface AttemptClient {
  /** One try only: the timer that calls it is the repetition. */
  heartbeat(signal: AbortSignal): Promise<z.infer<typeof heartbeatReply>>;
  postEvents(body: Body<z.infer<typeof eventsRequest>>, signal: AbortSignal): Promise<void>;
  requestUpload(file: z.infer<typeof uploadRequest>['file'], bytes: number, signal: AbortSignal): Promise<z.infer<typeof uploadReply>>;
  recordCheckpoint(body: Body<z.infer<typeof checkpointRequest>>, signal: AbortSignal): Promise<void>;
  finish(body: Body<z.infer<typeof finishRequest>>, signal: AbortSignal): Promise<void>;
}

export type AttemptOfRun = Pick<Ticket, 'run' | 'attempt' | 'attemptToken'>;

export interface ApiClient {
  /** One try. Null when no run waits. */
  claim(request: z.infer<typeof claimRequest>): Promise<Ticket | null>;
  /** `onStale` is called as soon as any call learns that the attempt is void, before the call throws. */
  ofAttempt(ticket: AttemptOfRun, onStale: (stale: StaleAttempt) => void): AttemptClient;
}

/** A ticket carries a spec, a manifest with up to 1,000 class names and some presigned addresses. */
const maxReplyBytes = 4 * 2 ** 20;
const anything = z.unknown();

export function createApiClient({ url, workerToken, log, timeoutMs = 15_000, backoff = { firstMs: 250, maxMs: 10_000 } }: ApiOptions): ApiClient {
  const base = url.replace(/\/+$/, '');

  async function post<T>(path: string, token: string, body: unknown, reply: z.ZodType<T>, signal?: AbortSignal): Promise<T | null> {
    const timeout = AbortSignal.timeout(timeoutMs);
    let status: number;
    let text: string;
    let retryAfter: string | null;
    try {
      const response = await fetch(base + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
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

  function ofAttempt({ run, attempt, attemptToken }: AttemptOfRun, onStale: (stale: StaleAttempt) => void): AttemptClient {
    type Call = Parameters<typeof workerPaths.ofRun>[1];
    const once = async <T>(call: Call, body: object, reply: z.ZodType<T>, signal: AbortSignal): Promise<T | null> => {
      try {
        return await post(workerPaths.ofRun(run, call), attemptToken, { attempt, ...body }, reply, signal);
      } catch (error) {
        if (error instanceof StaleAttempt) onStale(error);
        throw error;
      }
    };
    const untilAnswered = <T>(call: Call, body: object, reply: z.ZodType<T>, signal: AbortSignal): Promise<T | null> =>
      retry(() => once(call, body, reply, signal), {
        signal,
        backoff,
        retryable: (error) => error instanceof ApiAway && error.retryAfterMs,
        onRetry: (error, failures) => {
          if (failures === 1 || failures % 20 === 0) log('warning', `run ${run}: ${call} waits for the API (${describeError(error)})`);
        },
      });
    return {
      heartbeat: async (signal) => (await once('heartbeat', {}, heartbeatReply, signal)) ?? { action: 'continue' },
      postEvents: async (body, signal) => void (await untilAnswered('events', body, anything, signal)),
      requestUpload: async (file, bytes, signal) => {
        const reply = await untilAnswered('uploads', { file, bytes }, uploadReply, signal);
        if (reply === null) throw new ApiRefusal(204, 'the API gives no place to upload to');
        return reply;
      },
      recordCheckpoint: async (body, signal) => void (await untilAnswered('checkpoints', body, anything, signal)),
      finish: async (body, signal) => void (await untilAnswered('finish', body, anything, signal)),
    };
  }

  return { claim: (request) => post(workerPaths.claim, workerToken, request, ticket), ofAttempt };
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
