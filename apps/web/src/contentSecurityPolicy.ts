interface PolicyOptions {
  nonce: string;
  storageOrigins: readonly string[];
  /** React's development build evaluates text. */
  development: boolean;
}

/** What a page of the dashboard may load: its own scripts (by nonce), styles and pictures, its own API, and the storage for uploads. */
export function contentSecurityPolicy({ nonce, storageOrigins, development }: PolicyOptions): string {
  return Object.entries({
    'default-src': ["'self'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(development ? ["'unsafe-eval'"] : [])],
    // Charts and menus place themselves by style attributes.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'blob:', 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...storageOrigins, ...(development ? ['ws:'] : [])],
    'worker-src': ["'self'", 'blob:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}

export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // The camera is for trying a picture.
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
} as const;
