import { problem, type Problem } from '@thaw/contract/problems';
import { checkpoint, metrics, run, type Checkpoint, type Metrics, type Run } from '@thaw/contract/runs';
import { z } from 'zod';

/** An answer of the API that is not the one asked for. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly faults: readonly { path: string; message: string }[];
  constructor(status: number, message: string, faults: readonly { path: string; message: string }[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

export interface ApiAccess {
  /** Such as `http://localhost:3001`. */
  url: string;
  key: string;
}

const checkpoints = z.object({ items: z.array(checkpoint) });

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Calls of the REST API, each with the schema of its answer. What is wrong with an answer is thrown as an ApiProblem. */
export function apiCaller({ url, key }: ApiAccess, signal: AbortSignal) {
  return async function call<T>(schema: z.ZodType<T>, method: 'GET' | 'POST' | 'DELETE', path: string, options: CallOptions = {}): Promise<T> {
    const reply = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(options.body !== undefined && { 'content-type': 'application/json' }), ...options.headers },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      signal: options.signal ?? AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
    });
    const answer: unknown = await reply.json().catch(() => null);
    if (!reply.ok) throw asProblem(reply.status, problem.safeParse(answer).data);
    const parsed = schema.safeParse(answer);
    if (!parsed.success) throw new ApiProblem(reply.status, `The API's answer to ${method} ${path} is not what its contract says: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  };
}

/** The part of the REST API that the demo uses. Everything it throws about an answer is an ApiProblem. */
export function apiClient(access: ApiAccess, signal: AbortSignal) {
  const call = apiCaller(access, signal);
  const ofRun = (id: string): string => `/v1/runs/${encodeURIComponent(id)}`;
  return {
    createRun: (request: unknown): Promise<Run> => call(run, 'POST', '/v1/runs', { body: request, headers: { 'idempotency-key': crypto.randomUUID() } }),
    getRun: (id: string): Promise<Run> => call(run, 'GET', ofRun(id)),
    getMetrics: (id: string): Promise<Metrics> => call(metrics, 'GET', `${ofRun(id)}/metrics`),
    listCheckpoints: async (id: string): Promise<Checkpoint[]> => (await call(checkpoints, 'GET', `${ofRun(id)}/checkpoints`)).items,
    /** Works also when everything else is being stopped. */
    cancelRun: (id: string): Promise<Run> => call(run, 'POST', `${ofRun(id)}/cancel`, { signal: AbortSignal.timeout(3000) }),
  };
}

export type ApiClient = ReturnType<typeof apiClient>;

function asProblem(status: number, found: Problem | undefined): ApiProblem {
  return new ApiProblem(status, found?.detail ?? `The API answered with status ${status}.`, found?.errors ?? []);
}
