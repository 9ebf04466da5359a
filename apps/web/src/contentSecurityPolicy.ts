interface PolicyOptions {
  nonce: string;
  storageOrigins: readonly string[];
  /** React's development build evaluates text. */
  development: boolean;
}

/** What a page of the dashboard may load: its own scripts (by nonce), styles and pictures, its own API, and the storage for uploads. */
export function contentSecurityPolicy({ nonce, storageOrigins, development }: PolicyOptions): string {
  return policy({
    'default-src': ["'self'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(development ? ["'unsafe-eval'"] : [])],
    // Charts and menus place themselves by style attributes.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'blob:', 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...storageOrigins, ...(development ? ['ws:'] : [])],
    'worker-src': ["'self'", ...(development ? ['blob:'] : [])],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  });
}

/** What a worker may load, which has no page's policy: scripts of its own, the runtime of networks (WebAssembly), and networks from the storage. */
export const workerPolicy = (storageOrigins: readonly string[]): string =>
  policy({ 'default-src': ["'none'"], 'script-src': ["'self'", "'wasm-unsafe-eval'"], 'connect-src': ["'self'", ...storageOrigins] });

const policy = (directives: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(directives)
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');

export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // The camera is for trying a picture.
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
} as const;
