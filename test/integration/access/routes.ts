import { createApp } from '@thaw/api/app';
import { createLog } from '@thaw/api/log';
import { noLimits } from '@thaw/contract/quotas';
import type { Api } from '../apiHarness.ts';

const unused = { follow: () => Promise.reject(new Error('unused')) };
export const noFeed = { runs: unused, versions: unused, close: () => Promise.resolve() };

export interface Route {
  method: string;
  path: string;
  /** `GET /v1/runs/:id`. */
  name: string;
}

/** Paths that need no key: what they tell is the same for everybody. */
export const isPublic = ({ path }: Route): boolean => path === '/v1/openapi.json' || path === '/v1/docs' || path.startsWith('/v1/docs/');

/** Every route of the application below a path, from its router: one that is added is in every table made of this. */
export function routesUnder(api: Api, prefix: string): Route[] {
  const base = { db: api.db, storage: api.storage, log: createLog('test', 'silent'), settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } };
  const { routes } = createApp({ base, feed: noFeed });
  const names = routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith(prefix)).map(({ method, path }) => `${method} ${path}`);
  return [...new Set(names)].map((name) => ({ name, method: name.split(' ')[0] ?? '', path: name.split(' ')[1] ?? '' }));
}

export const parametersOf = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');

/** @throws Error where a parameter of the route has no value: then `requests.ts` has to learn it */
export function fill({ name, path }: Route, values: Record<string, string | number>): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, (_, parameter: string) => {
    const value = values[parameter];
    if (value === undefined) throw new Error(`Nothing is known to put for :${parameter} of ${name}. Say it in test/integration/access/requests.ts.`);
    return encodeURIComponent(value);
  });
}
