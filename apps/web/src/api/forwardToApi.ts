/** Of one connection (RFC 9110, 7.6.1), or ours to set. `x-middleware-subrequest` is none that a client may send (CVE-2025-29927). */
const notForwarded = [
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'accept-encoding', 'content-length', 'expect', 'host', 'x-middleware-subrequest', 'x-nonce',
];
const notReturned = ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length'];

/**
 * Passes a request for `/api/...` on to the API, and the answer back as it comes: streams flow unbuffered, cookies pass, a redirect is
 * answered and not followed. 503 (problem+json) where the API does not answer.
 */
export async function forwardToApi(request: Request, apiUrl: string): Promise<Response> {
  const { pathname, search, host, protocol } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of notForwarded) headers.delete(name);
  headers.set('x-forwarded-host', request.headers.get('host') ?? host);
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', protocol.slice(0, -1));
  // Answers come as they are: what is not compressed can be streamed.
  headers.set('accept-encoding', 'identity');
  const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers, redirect: 'manual', cache: 'no-store', signal: request.signal };
  if (request.body !== null) Object.assign(init, { body: request.body, duplex: 'half' });
  let answer: Response;
  try {
    answer = await fetch(apiUrl + pathname.replace(/^\/api/, '') + search, init);
  } catch {
    return unavailable();
  }
  const returned = new Headers(answer.headers);
  for (const name of notReturned) returned.delete(name);
  const location = returned.get('location');
  if (location?.startsWith('/') === true) returned.set('location', `/api${location}`);
  return new Response(answer.body, { status: answer.status, headers: returned });
}

function unavailable(): Response {
  const problem = { type: 'urn:thaw:problem:unavailable', title: 'Unavailable', status: 503, detail: 'The API does not answer. Try again in a moment.' };
  return Response.json(problem, { status: 503, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'retry-after': '2' } });
}
