import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '@thaw/contract/problems';
import { peopleOf } from './accountPeople.ts';
import type { Call, Reply } from './apiHarness.ts';
import { isAdministration, requestFor, type Asked } from './access/requests.ts';
import { fill, isPublic, parametersOf, routesUnder, type Route } from './access/routes.ts';
import { startWorld, type World } from './access/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => world?.api.stop());

/** Ids that exist nowhere, of the same look. */
const nowhere = (id: string | number): string | number => (typeof id === 'number' ? id : id.replace(/[0-9a-f]{24}$|\d+$/, (end) => '0'.repeat(end.length)));

const ask = (call: Call, route: Route, { query = '', body, headers }: Asked, path: Record<string, string | number>): Promise<Reply<Problem>> => {
  return call(route.method, fill(route, path) + query, ['GET', 'DELETE'].includes(route.method) ? undefined : body, headers);
};
const withoutId = ({ requestId: _, ...rest }: Problem) => rest;

const routes = () => routesUnder(world.api, '/v1/').filter((route) => !isPublic(route));

describe('every route that takes an id', () => {
  it("answers another's like one that exists nowhere: by key and by session", async () => {
    const { alice, bob } = world;
    const withIds = routes().filter((route) => parametersOf(route.path).length > 0 && !isAdministration(route));
    expect(withIds.length).toBeGreaterThanOrEqual(25);
    // The first to sign up, so an administrator: who looks after people does not see into their things.
    const browser = await peopleOf(world.api).signUp('eve');
    const session: Call = (method, at, body, headers = {}) => browser.send(method, at, { headers, ...(body !== undefined && { body }) });
    expect((await session('GET', '/v1/runs')).status).toBe(200);
    const wrong: object[] = [];
    for (const route of withIds) {
      const asked = await requestFor(world, route, alice);
      const { path = {} } = asked;
      const [first = ''] = parametersOf(route.path);
      // Of one's own thing a part that is another's, such as a delivery of someone's webhook.
      const parts = parametersOf(route.path).slice(1);
      const bobs = parts.length > 0 ? ((await requestFor(world, route, bob)).path ?? {}) : path;
      const mixed = parts.some((part) => path[part] !== bobs[part]) ? { ...path, [first]: bobs[first] ?? '' } : path;
      const mixedReply = await ask(bob.call, route, asked, mixed);
      if (mixedReply.status !== 404) wrong.push({ route: route.name, mixed, status: mixedReply.status });

      for (const [how, call] of [['key', bob.call], ['session', session]] as const) {
        const reply = await ask(call, route, asked, path);
        const unknown = await ask(call, route, asked, { ...path, [first]: nowhere(path[first] ?? '') });
        if (reply.status !== 404 || reply.body.type !== 'urn:thaw:problem:not-found') wrong.push({ route: route.name, how, status: reply.status, body: reply.body });
        else if (JSON.stringify(withoutId(reply.body)) !== JSON.stringify(withoutId(unknown.body))) wrong.push({ route: route.name, how, told: reply.body, nowhere: unknown.body });
      }
      // It was a good request, and bob's have changed nothing.
      const own = await ask(alice.call, route, asked, path);
      if (asked.refused === undefined ? own.status >= 400 : own.status !== asked.refused) wrong.push({ route: route.name, own: own.status, body: own.body });
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('every route for administrators', () => {
  it('is closed to others, and open to them', async () => {
    const { alice, root } = world;
    const limited = await world.api.person('root', ['read', 'runs', 'datasets']);
    const wrong: object[] = [];
    for (const route of routes().filter(isAdministration)) {
      const asked = await requestFor(world, route, root);
      for (const { call } of [alice, limited]) {
        const reply = await ask(call, route, asked, asked.path ?? {});
        if (reply.body.type !== 'urn:thaw:problem:forbidden') wrong.push({ route: route.name, status: reply.status, body: reply.body });
      }
      const own = await ask(root.call, route, asked, asked.path ?? {});
      if (own.status >= 400) wrong.push({ route: route.name, own: own.status, body: own.body });
    }
    expect(wrong).toEqual([]);
  });
});
