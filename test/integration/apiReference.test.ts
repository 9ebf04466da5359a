import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPublic, routesUnder } from './access/routes.ts';
import { anyStorage, startApi, type Api } from './apiHarness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
}, 60_000);
afterAll(async () => api?.stop());

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; in: string }[];
  responses?: Record<string, { content?: Record<string, { schema?: { $ref?: string } }> }>;
}
interface Described {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  security: object[];
  tags: { name: string }[];
  components: { securitySchemes: Record<string, object>; schemas: Record<string, object> };
}
const documentText = async () => (await fetch(`${api.url}/v1/openapi.json`)).text();
const document = async () => JSON.parse(await documentText()) as Described;
const operations = async () =>
  Object.entries((await document()).paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`, method, ...operation })));

describe('the OpenAPI document', () => {
  it('names every route but those of the workers', async () => {
    const served = [...routesUnder(api, '/v1/'), ...routesUnder(api, '/auth/')].filter((route) => !isPublic(route));
    expect((await operations()).map(({ name }) => name).sort()).toEqual(served.map(({ name }) => name).sort());
    expect((await document()).openapi).toBe('3.1.0');
  });

  it('names each operation once, with a summary, a chapter, how it is refused, and the Idempotency-Key of a POST', async () => {
    const all = await operations();
    const { tags, security, components } = await document();
    const ids = all.map(({ operationId }) => operationId);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(['listRuns', 'createRun', 'getRun', 'changeRun', 'deleteRun', 'cancelRun', 'getRunMetrics', 'listDatasetVersions', 'createApiKey', 'presignUploadParts']));
    const known = tags.map(({ name }) => name);
    const wrong = all.filter(({ operationId = '', summary = '', tags: [tag = ''] = [], responses = {}, parameters = [], method, name }) => {
      const ofApi = name.includes(' /v1/');
      const refusals = (ofApi ? ['401', '403', 'default'] : []).every((status) => responses[status]?.content?.['application/problem+json']?.schema?.$ref === '#/components/schemas/Problem');
      const repeats = parameters.filter((one) => one.in === 'header' && one.name === 'idempotency-key').length;
      return !/^[a-z][A-Za-z0-9]+$/.test(operationId) || summary === '' || !known.includes(tag) || !refusals || repeats !== (method === 'post' && ofApi ? 1 : 0);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(security).toEqual([{ key: [] }, { session: [] }]);
    expect(components.securitySchemes).toMatchObject({ key: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie' } });
  });

  it('has patterns that are regular expressions without flags', async () => {
    const patterns = new Set<string>();
    JSON.parse(await documentText(), (name, value: unknown) => {
      if (name === 'pattern' && typeof value === 'string') patterns.add(value);
      return value;
    });
    expect(patterns.size).toBeGreaterThan(3);
    for (const pattern of patterns) expect(pattern).toMatch(/^\^.*\$$/);
  });
});

describe('the reference pages', () => {
  it('are there without a key, and take everything from here', async () => {
    const page = await fetch(`${api.url}/v1/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const html = await page.text();
    expect(html).not.toMatch(/https?:|\/\//);
    const addresses = [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    // Relative ones: the page works under /api of the dashboard too.
    for (const address of addresses) {
      expect(address).toMatch(/^[a-z]/);
      const part = await fetch(new URL(address, `${api.url}/v1/docs`));
      expect({ address, status: part.status, size: (await part.text()).length > 200 }).toEqual({ address, status: 200, size: true });
      expect(part.headers.get('content-type')).toMatch(/javascript|css|json/);
      expect(part.headers.get('x-content-type-options')).toBe('nosniff');
    }
    for (const other of ['index.html', 'swagger-ui.js.map', '..%2f..%2fpackage.json', 'package.json']) expect((await fetch(`${api.url}/v1/docs/${other}`)).status).toBe(404);
  });

  it('may run their own scripts and nothing else', async () => {
    const policy = (await fetch(`${api.url}/v1/docs`)).headers.get('content-security-policy') ?? '';
    const directives = Object.fromEntries(policy.split('; ').map((directive) => [directive.split(' ')[0] ?? '', directive.split(' ').slice(1).join(' ')]));
    expect(directives).toMatchObject({ 'default-src': "'none'", 'script-src': "'self'", 'connect-src': "'self'", 'frame-ancestors': "'none'" });
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    // Of no other answer.
    expect((await fetch(`${api.url}/v1/openapi.json`)).headers.get('content-security-policy')).not.toContain('script-src');
  });
});
