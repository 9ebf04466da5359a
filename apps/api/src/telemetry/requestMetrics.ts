import { Counter, Histogram, type Registry } from 'prom-client';

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface RequestMetrics {
  /** `route` is the pattern, such as /v1/runs/:id, never a path: there must be few of them. */
  countRequest: (request: { route: string; method: string; status: number; seconds: number }) => void;
  /** A request whose key or token was missing, mistyped, revoked or expired. */
  countFailedAuthentication: () => void;
}

export function addRequestMetrics(registry: Registry): RequestMetrics {
  const duration = new Histogram({
    name: 'thaw_http_request_duration_seconds',
    help: 'Time to the answer, of an event stream to its beginning; _count counts the requests',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'thaw_authentication_failures_total',
    help: 'Requests whose key or token was missing or not valid',
    registers: [registry],
  });
  return {
    countRequest: ({ route, method, status, seconds }) => duration.observe({ method: methods.has(method) ? method : 'other', route, status }, seconds),
    countFailedAuthentication: () => failures.inc(),
  };
}
