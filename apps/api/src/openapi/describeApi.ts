import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../routes/httpContext.ts';
import { maxKeyLength } from '../routes/idempotent.ts';
import { operationId } from './operationId.ts';
import { tagOf, tags } from './tagOf.ts';

type Document = ReturnType<OpenAPIHono<AppEnv>['getOpenAPI31Document']>;
type PathItem = NonNullable<Document['paths']>[string];
type Operation = NonNullable<PathItem['get']>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

const intro = [
  'A service that fine-tunes image classifiers. Everything that the dashboard does is here.',
  '',
  'Send a key as `Authorization: Bearer <key>` (the dashboard makes them, and `POST /v1/api-keys`). A browser that has signed in sends its cookie instead; requests that change something then need an `Origin` of this service.',
  '',
  'Errors are problems (RFC 9457, `application/problem+json`): `type` is stable, `detail` is a sentence that says what to do, `errors` names fields at fault. What belongs to someone else is answered like what does not exist. Every answer has an `x-request-id`; the log has it too.',
  '',
  'Lists come in pages: `limit` and `cursor`, and `nextCursor` in the answer until it is null.',
].join('\n');

const idempotencyKey = {
  name: 'idempotency-key',
  in: 'header',
  required: false,
  description: 'The same request with the same key is answered like the first time and done once, for a day. Another request with it is a conflict; so is one while the first is under way, and one whose answer held a secret.',
  schema: { type: 'string', minLength: 1, maxLength: maxKeyLength },
} as const;

const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } });
const refusals = {
  '401': problem('No valid key, and no session'),
  '403': problem('The key lacks a scope, a quota is used up, or this is for administrators'),
  '404': problem('There is no such thing here, or it is someone else\'s'),
  '409': problem('It is not in a state for this, or an Idempotency-Key came before with another request'),
  '413': problem('The body is too large'),
  '415': problem('The body is of another type'),
  '422': problem('Well-formed, but it cannot be met: `errors` says where'),
  default: problem('Another problem'),
};

/** The OpenAPI 3.1 document: what the routes say of themselves, and what holds for all of them. */
export function describeApi(app: OpenAPIHono<AppEnv>): Document {
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Thaw', version: '1', description: intro, license: { name: 'MIT' } }, tags: [...tags], security: [{ key: [] }, { session: [] }] });
  mend(document);
  const paths = document.paths ?? {};
  for (const [path, item] of Object.entries(paths))
    for (const method of methods) {
      const operation = item[method];
      if (operation !== undefined) complete(operation, { method, path, isCollection: isCollection(paths, path) });
    }
  return document;
}

/** What zod's types become that can be said more exactly: tuples have their length; and numbers in addresses cannot be null. */
function mend(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const schema = node as Record<string, unknown>;
  const tuple: unknown = schema['prefixItems'];
  if (Array.isArray(tuple) && schema['items'] === undefined) {
    const length = { minItems: tuple.length, maxItems: tuple.length };
    const allAlike = new Set(tuple.map((one) => JSON.stringify(one))).size === 1;
    // Not every reader knows prefixItems.
    if (allAlike) delete schema['prefixItems'];
    Object.assign(schema, length, allAlike && { items: tuple[0] as unknown });
  }
  if (schema['in'] === 'path' || schema['in'] === 'query') {
    const inner = schema['schema'] as { type?: unknown } | undefined;
    if (inner !== undefined && Array.isArray(inner.type)) inner.type = inner.type.find((type) => type !== 'null');
  }
  for (const value of Object.values(schema)) mend(value);
}

/** Lists what it takes, or has addresses of single ones below it. */
const isCollection = (paths: NonNullable<Document['paths']>, path: string): boolean =>
  listed(paths[path]?.get) || Object.keys(paths).some((other) => other.startsWith(`${path}/{`));

function listed(operation: Operation | undefined): boolean {
  const ok: unknown = operation?.responses?.['200'];
  return JSON.stringify(ok ?? null).includes('"properties":{"items":');
}

/** Signing in is no part of what a key opens: its routes say themselves how they refuse. */
const isOfApi = (path: string): boolean => path.startsWith('/v1/');

function complete(operation: Operation, { method, path, isCollection: collects }: { method: string; path: string; isCollection: boolean }): void {
  operation.operationId ??= operationId({ method, path, isList: listed(operation), isCollection: collects });
  operation.tags ??= [tagOf(path)];
  if (!isOfApi(path)) return;
  const parameters = (operation.parameters ??= []);
  if (method === 'post' && !parameters.some((one) => 'name' in one && one.name.toLowerCase() === idempotencyKey.name)) parameters.push(idempotencyKey);

  const hasBody = operation.requestBody !== undefined;
  const expected: Record<keyof typeof refusals, boolean> = {
    '401': true,
    '403': true,
    '404': path.includes('{'),
    '409': method !== 'get',
    '413': hasBody,
    '415': hasBody,
    '422': hasBody || parameters.length > 0,
    default: true,
  };
  const responses = (operation.responses ??= {});
  for (const status of Object.keys(refusals) as (keyof typeof refusals)[]) {
    if (status === 'default' || (expected[status] && responses[status] === undefined)) responses[status] = refusals[status];
  }
}
