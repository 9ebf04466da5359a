import type { Person } from '../apiHarness.ts';
import { smallRun } from '../apiHarness.ts';
import type { Route } from './routes.ts';
import { cancelledRun, failedVersion, finishedRun, madeTask, openUpload, post, readyVersion, sentUpload, waitingRun, waitingVersion, type World } from './world.ts';

/** A request that `who` may make, with which a route does what it is for. */
export interface Asked {
  /** Of the parameters in its path. */
  path?: Record<string, string | number>;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** What its owner is answered where more than a database and a storage is needed to do it; other tests do. */
  refused?: number;
}
type Maker = (world: World, who: Person) => Promise<Asked> | Asked;

const made = new WeakMap<World, Map<string, Promise<unknown>>>();
/** Made once for each person: for requests that only read. */
async function once<T>(world: World, who: Person, what: string, make: () => Promise<T>): Promise<T> {
  const things = made.get(world) ?? new Map<string, Promise<unknown>>();
  made.set(world, things);
  const name = `${what} of ${who.id}`;
  const promise = things.get(name) ?? make();
  things.set(name, promise);
  return (await promise) as T;
}
const sharedRun = (world: World, who: Person) => once(world, who, 'run', () => finishedRun(world, who));
const sharedVersion = (world: World, who: Person) => once(world, who, 'version', () => readyVersion(world, who));
/** With a delivery in its log. */
async function newWebhook(who: Person): Promise<{ id: string; delivery: string }> {
  const { id } = await post<{ id: string }>(who, '/v1/webhooks', webhook);
  return { id, delivery: (await post<{ id: string }>(who, `/v1/webhooks/${id}/test`)).id };
}
const sharedWebhook = (world: World, who: Person) => once(world, who, 'webhook', () => newWebhook(who));
const newExport = async (world: World, who: Person, format: string) => {
  const { id } = (await sharedRun(world, who)).run;
  return { id, export: await madeTask(world, who, `/v1/runs/${id}/exports`, { epoch: 0, format }), file: `model.${format}` };
};
const sharedExport = (world: World, who: Person) => once(world, who, 'export', () => newExport(world, who, 'onnx'));
const sharedPreview = (world: World, who: Person) => once(world, who, 'preview', async () => ({ id: await madeTask(world, who, '/v1/previews', { spec: { ...smallRun } }) }));
const webhook = { name: 'mine', url: 'https://hooks.example.com/thaw', events: ['run.succeeded'] };
const newKey = (who: Person) => post<{ id: string }>(who, '/v1/api-keys', { name: 'a key', scopes: ['read'] });

/**
 * How to ask. A new route with parameters, and every new POST, needs its own line, or the line of a path that it begins with: for all
 * methods, or for one. The longest that fits counts.
 */
const makers: Record<string, Maker> = {
  '/v1/runs/:id': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id, file: 'iterations.csv', epoch: 2, format: 'safetensors' } }),
  'POST /v1/runs': () => ({ body: smallRun }),
  '/v1/runs/:id/evaluation/pictures': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id }, query: '?actual=1&predicted=0' }),
  '/v1/runs/:id/exports': async (world, who) => ({ path: await sharedExport(world, who) }),
  'POST /v1/runs/:id/exports': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id }, body: { epoch: 0, format: 'onnx' } }),
  'DELETE /v1/runs/:id/exports/:export': async (world, who) => ({ path: await newExport(world, who, 'pth') }),
  'PATCH /v1/runs/:id': async (_, who) => ({ path: { id: (await waitingRun(who)).id }, body: { name: 'another name' } }),
  'DELETE /v1/runs/:id': async (_, who) => ({ path: { id: (await cancelledRun(who)).id } }),
  'PATCH /v1/runs/:id/checkpoints/:epoch': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id, epoch: 2 }, body: { pinned: true } }),
  'POST /v1/runs/:id/cancel': async (_, who) => ({ path: { id: (await waitingRun(who)).id } }),
  'POST /v1/runs/:id/clone': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id }, body: { name: 'like it' } }),
  // No worker is there to make the file that predicts.
  'POST /v1/runs/:id/predict': async (world, who) => ({ path: { id: (await sharedRun(world, who)).run.id }, body: 'no picture', headers: { 'content-type': 'image/png', prefer: 'wait=1' }, refused: 503 }),
  'POST /v1/runs/:id/resume': async (_, who) => ({ path: { id: (await cancelledRun(who)).id } }),

  '/v1/datasets/:id': async (world, who) => ({ path: { ...(await sharedVersion(world, who)), split: 'train', row: 0, size: 'full' } }),
  'POST /v1/datasets': () => ({ body: { name: 'pets' } }),
  'POST /v1/datasets/:id/uploads': async (world, who) => ({ path: { ...(await sharedVersion(world, who)) }, body: { fileName: 'pets.zip', bytes: 10 } }),
  'POST /v1/datasets/:id/versions': async (world, who) => ({ path: { ...(await sharedVersion(world, who)) }, body: { edits: { exclude: [{ split: 'train', row: 0 }] } } }),
  'POST /v1/datasets/:id/versions/:version/cancel': async (world, who) => ({ path: { ...(await waitingVersion(world, who)) } }),
  'POST /v1/datasets/:id/versions/:version/retry': async (world, who) => ({ path: { ...(await failedVersion(world, who)) } }),
  'DELETE /v1/datasets/:id': async (world, who) => ({ path: { ...(await readyVersion(world, who)) } }),

  '/v1/uploads/:id': async (_, who) => ({ path: { id: (await openUpload(who)).id } }),
  'POST /v1/uploads/:id/parts': async (_, who) => ({ path: { id: (await openUpload(who)).id }, body: { parts: [1] } }),
  'POST /v1/uploads/:id/complete': async (_, who) => ({ path: { id: (await sentUpload(who)).id }, body: {} }),

  'POST /v1/previews': () => ({ body: { spec: { ...smallRun } } }),
  '/v1/previews/:id': async (world, who) => ({ path: { id: (await sharedPreview(world, who)).id } }),

  'POST /v1/api-keys': () => ({ body: { name: 'a key', scopes: ['read'] } }),
  '/v1/api-keys/:id': async (_, who) => ({ path: { id: (await newKey(who)).id } }),

  'POST /v1/webhooks': () => ({ body: webhook }),
  '/v1/webhooks/:id': async (world, who) => ({ path: await sharedWebhook(world, who) }),
  'PATCH /v1/webhooks/:id': async (world, who) => ({ path: await sharedWebhook(world, who), body: { name: 'other' } }),
  'DELETE /v1/webhooks/:id': async (_, who) => ({ path: await newWebhook(who) }),
  'POST /v1/webhooks/:id/secret': async (world, who) => ({ path: await sharedWebhook(world, who) }),
  'POST /v1/webhooks/:id/test': async (_, who) => ({ path: { id: (await post<{ id: string }>(who, '/v1/webhooks', webhook)).id } }),
  'POST /v1/webhooks/:id/deliveries/:delivery/retry': async (world, who) => ({ path: await sharedWebhook(world, who) }),

  '/v1/account/sessions/:id': async ({ api }, who) => {
    const [{ id } = { id: '' }] = await api.sql<{ id: string }[]>`
      insert into session (id, token, user_id, expires_at) values ('session_' || substr(md5(random()::text), 1, 24), md5(random()::text), ${who.id}, now() + interval '1 day') returning id`;
    return { path: { id } };
  },
  '/v1/users/:id': async ({ api }) => ({ path: { id: (await api.person('another')).id }, body: { role: 'administrator' } }),
  'PUT /v1/users/:id/quota': async ({ api }) => ({ path: { id: (await api.person('another')).id }, body: { waitingRuns: 3 } }),
  'POST /v1/invitations': () => ({ body: {} }),
  '/v1/invitations/:id': async ({ root }) => ({ path: { id: (await post<{ id: string }>(root, '/v1/invitations', {})).id } }),

  'POST /v1/worker-tokens': () => ({ body: { name: 'workers' } }),
  '/v1/worker-tokens/:id': async ({ root }) => ({ path: { id: (await post<{ id: string }>(root, '/v1/worker-tokens', { name: 'workers' })).id } }),
};

/** Routes for administrators alone, by how they begin. Whose thing it is does not matter there. */
const administration = ['/v1/worker-tokens', '/v1/users', '/v1/usage/users', '/v1/invitations'];
export const isAdministration = ({ path }: Route): boolean => administration.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

/** @throws Error where the route is unknown and cannot be asked without knowing it */
export async function requestFor(world: World, route: Route, who: Person): Promise<Asked> {
  const fits = Object.keys(makers).filter((name) => {
    const [method, path] = name.includes(' ') ? [name.split(' ')[0], name.split(' ')[1] ?? ''] : [route.method, name];
    // A body is for one path alone.
    return method === route.method && (method === 'POST' && name.includes(' ') ? route.path === path : route.path === path || route.path.startsWith(`${path}/`));
  });
  const longest = fits.sort((a, b) => lengthOf(b) - lengthOf(a))[0];
  const maker = longest === undefined ? undefined : makers[longest];
  if (maker !== undefined) return maker(world, who);
  if (route.method === 'GET' && !route.path.includes(':')) return {};
  throw new Error(`Nothing is known of ${route.name}. Say in test/integration/access/requests.ts how it is asked.`);
}

/** Of two that begin a path the longer counts, and of two that are the same the one with a method. */
const lengthOf = (name: string): number => name.replace(/^\w+ /, '').length * 10 + (name.includes(' ') ? 1 : 0);
