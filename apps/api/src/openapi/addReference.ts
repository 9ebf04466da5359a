import { compress } from 'hono/compress';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { notFound } from '../errors.ts';
import type { App } from '../routes/httpContext.ts';
import { describeApi } from './describeApi.ts';

export const documentPath = '/v1/openapi.json';

/** Of the page alone: its own scripts and styles, from here. Swagger UI sets styles of elements, and draws icons of its own. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// All addresses are relative to the page, so that it works behind a path of another server too.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thaw API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>The reference needs JavaScript. <a href="openapi.json">openapi.json</a> says the same.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

/** Requests go where the page came from: the document itself does not know under which address that is. */
const start = `fetch('openapi.json')
  .then((answer) => answer.json())
  .then((spec) => {
    const server = new URL('..', location.href).href.replace(/\\/$/, '');
    SwaggerUIBundle({ spec: { ...spec, servers: [{ url: server }] }, dom_id: '#reference', deepLinking: true, docExpansion: 'none', filter: true, validatorUrl: null, defaultModelsExpandDepth: 0 });
  });
`;

const assets = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
]);

/** The OpenAPI document, and pages that show it with nothing from elsewhere. Public: they tell nothing of anybody. */
export function addReference(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer', description: 'An API key' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: 'thaw.session_token', description: 'Who has signed in with a browser' });
  let text: string | undefined;
  // All routes are there by the first request.
  app.get(documentPath, (c) => c.body((text ??= JSON.stringify(describeApi(app))), 200, { 'content-type': 'application/json' }));

  app.get('/v1/docs', (c) => c.html(page, 200, { 'content-security-policy': policy, 'cache-control': 'no-cache' }));
  app.get('/v1/docs/start.js', (c) => c.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }));
  for (const [name, type] of assets)
    app.get(`/v1/docs/${name}`, compress(), async (c) => {
      const file = await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`))).catch(() => null);
      if (file === null) throw notFound('reference', `It was not installed with this service. GET ${documentPath} says the same.`);
      return c.body(new Uint8Array(file), 200, { 'content-type': type, 'cache-control': 'public, max-age=86400' });
    });
  app.get('/v1/docs/*', () => {
    throw notFound('such part of the reference');
  });
}
