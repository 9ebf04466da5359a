import { NextResponse, type NextRequest } from 'next/server';
import { contentSecurityPolicy, securityHeaders, workerPolicy } from './contentSecurityPolicy.ts';
import { readEnvironment } from './environment.ts';

/** Before every page and worker: the headers that say what it may load, with a nonce for the page's scripts. */
export function proxy(request: NextRequest): NextResponse {
  if (request.nextUrl.pathname.startsWith('/_next/')) return NextResponse.next({ headers: { 'content-security-policy': workerPolicy(readEnvironment().storageOrigins) } });
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const { storageOrigins, development } = readEnvironment();
  const policy = contentSecurityPolicy({ nonce, storageOrigins, development });
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('x-path', request.nextUrl.pathname + request.nextUrl.search);
  // Next reads the nonce of its own scripts from here.
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of Object.entries({ ...securityHeaders, 'content-security-policy': policy })) response.headers.set(name, value);
  return response;
}

// Next gives the first script of a worker this name.
export const config = { matcher: ['/((?!api/|_next/static|_next/image|icon.svg).*)', '/_next/static/chunks/(turbopack-worker-.*)'] };
