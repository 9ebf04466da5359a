import { createRoute } from '@hono/zod-openapi';
import { auditEvent } from '@thaw/contract/audit';
import { page } from '@thaw/contract/runs';
import { listAudit } from '../audit/listAudit.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { pageQuery } from './parameters.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  summary: 'Security-relevant acts on your keys, data sets and runs, newest first',
  description: 'Keys made and revoked; data sets, versions and runs deleted. Needs the scope `admin`. What failed to authenticate is counted in the metrics instead.',
  middleware: [needs('admin')] as const,
  request: { query: pageQuery },
  responses: { 200: json(page(auditEvent), 'A page'), ...problems },
});

export function addAuditRoutes(app: App): void {
  app.openapi(list, async (c) => c.json(await listAudit(ownerContext(c), c.req.valid('query')), 200));
}
