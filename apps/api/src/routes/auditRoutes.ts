import { createRoute, z } from '@hono/zod-openapi';
import { auditAction, auditEvent } from '@thaw/contract/audit';
import { page } from '@thaw/contract/runs';
import { listAudit } from '../audit/listAudit.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { pageQuery } from './parameters.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  summary: 'Security-relevant acts on your keys, data sets, runs and account, newest first',
  description:
    'Administrators see with `everyone=true` those on anybody\'s things, and with `owner` those on the things of one user. Needs a session or the scope `admin`. Keys that open nothing are counted in the metrics instead.',
  middleware: [needs('admin')] as const,
  request: { query: pageQuery.extend({ everyone: z.enum(['true', 'false']).default('false').transform((text) => text === 'true'), owner: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is the id of a user').optional(), action: auditAction.optional() }) },
  responses: { 200: json(page(auditEvent), 'A page'), ...problems },
});

export function addAuditRoutes(app: App): void {
  app.openapi(list, async (c) => c.json(await listAudit(ownerContext(c), c.req.valid('query')), 200));
}
