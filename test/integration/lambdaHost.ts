import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** The packed function behind a server that speaks as a function URL does (events of payload format 2.0): `BUNDLE=lambda.mjs PORT=1234`. */
interface Result {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

const { BUNDLE = '', PORT } = process.env;
const { handler } = (await import(BUNDLE)) as { handler: (event: object) => Promise<Result> };

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const { cookie, ...headers } = request.headers;
  const isText = /^(application\/json|text\/)/.test(headers['content-type'] ?? '');
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers,
    requestContext: { domainName: headers.host, http: { method: request.method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' }, requestId: 'x', stage: '$default' },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
  const result = await handler(event);
  response.writeHead(result.statusCode, { ...result.headers, ...(result.cookies !== undefined && { 'set-cookie': result.cookies }) });
  response.end(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'));
}

createServer((request, response) => void serve(request, response).catch((error: unknown) => response.destroy(error as Error))).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
