import { hashToken, sameHash } from '../auth/tokens.ts';
import { notFound, unauthorized } from '../errors.ts';
import type { Telemetry } from '../telemetry/openTelemetry.ts';
import { bearer } from './authenticate.ts';
import type { App } from './httpContext.ts';

/** /metrics for Prometheus, which knows no key of a person: it has a token of its own, and where none is set there is no such path. */
export function addMetricsRoute(app: App, { registry, scrape }: Telemetry, token: string | null): void {
  const expected = token === null ? null : hashToken(token);
  app.get('/metrics', async (c) => {
    if (expected === null) throw notFound('metrics', 'Set METRICS_TOKEN in the environment of the API, and send it as a bearer token.');
    if (!sameHash(hashToken(bearer(c.req.header('authorization'))), expected)) throw unauthorized();
    return c.body(await scrape(), 200, { 'content-type': registry.contentType });
  });
}
