import { localAccountSettings } from '@thaw/api/accounts/accountSettings';
import { openAccounts } from '@thaw/api/accounts/openAccounts';
import { createApp } from '@thaw/api/app';
import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import { openFeed } from '@thaw/api/stream/feed';
import type { UserOverview } from '@thaw/contract/accounts';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, emailOf, password, peopleOf, statusOf, type People } from './accountPeople.ts';
import { anyStorage, caller, smallRun, startApi, type Api } from './apiHarness.ts';
import { openBrowser } from './browser.ts';
import { startGate } from './databaseGate.ts';

let api: Api;
let people: People;
beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  people = peopleOf(api);
  // The first is an administrator.
  for (const name of ['ada', 'bea', 'cleo']) await people.signUp(name);
}, 60_000);
afterAll(async () => api?.stop());

describe('administrators', () => {
  it('see everyone, page by page and by a part of the name; others and lesser keys do not', async () => {
    const ada = await people.signIn('ada');
    const first = (await ada.send<{ items: UserOverview[]; nextCursor: string }>('GET', '/v1/users?limit=2')).body;
    const second = (await ada.send<{ items: UserOverview[] }>('GET', `/v1/users?limit=100&cursor=${first.nextCursor}`)).body;
    const all = [...first.items, ...second.items].map(({ email }) => email);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['ada@example.org', 'bea@example.org', 'cleo@example.org']));
    expect((await ada.send<{ items: UserOverview[] }>('GET', '/v1/users?search=BE')).body.items.map(({ name }) => name)).toEqual(['bea']);
    expect((await ada.send<{ items: UserOverview[] }>('GET', '/v1/users?search=%25')).body.items).toEqual([]);
    const root = await api.person('root', ['runs'], 'administrator');
    expect((await root.call('GET', '/v1/users')).status).toBe(403);
    await api.sql`update "user" set role = 'user' where id = ${root.id}`;
  });

  it('shut a person out at once, keys and sessions alike, and let them in again', async () => {
    const [ada, gail] = [await people.signIn('ada'), await people.signUp('gail')];
    const { key, id } = await api.person('gail', ['runs']);
    const call = caller(api.url, key);
    expect((await call('GET', '/v1/runs')).status).toBe(200);
    expect((await ada.send<UserOverview>('PATCH', `/v1/users/${id}`, { body: { disabled: true } })).body).toMatchObject({ email: 'gail@example.org', disabled: true });
    expect([await statusOf(gail), (await call('GET', '/v1/runs')).status]).toEqual([401, 401]);
    const { status, body } = await gail.send('POST', '/auth/sign-in/email', { body: { email: emailOf('gail'), password } });
    expect({ status, detail: body.detail }).toEqual({ status: 403, detail: 'This account is disabled. Ask an administrator of this service.' });
    // Who does not know the password is not told.
    expect((await gail.send('POST', '/auth/sign-in/email', { body: { email: emailOf('gail'), password: 'wrong password' } })).status).toBe(401);
    expect((await ada.send('PATCH', `/v1/users/${id}`, { body: { disabled: false } })).status).toBe(200);
    expect((await call('GET', '/v1/runs')).status).toBe(200);
    await people.signIn('gail', gail);
    const acts = await people.actsOf('gail@example.org');
    const by = (await accountOf(ada)).id;
    expect(acts.filter(({ action }) => action.startsWith('user_')).map(({ action, actor }) => ({ action, actor }))).toEqual([{ action: 'user_disabled', actor: by }, { action: 'user_enabled', actor: by }]);
  });

  it('make others administrators, and one is always left', async () => {
    const [ada, bea] = [await people.signIn('ada'), await people.signIn('bea')];
    const [{ id }, { id: beaId }] = [await accountOf(ada), await accountOf(bea)];
    for (const change of [{ role: 'user' }, { disabled: true }]) {
      const { status, body } = await ada.send('PATCH', `/v1/users/${id}`, { body: change });
      expect({ status, type: body.type }).toEqual({ status: 409, type: 'urn:thaw:problem:conflict' });
    }
    expect(await statusOf(ada)).toBe(200);
    expect((await ada.send('PATCH', `/v1/users/${beaId}`, { body: { role: 'administrator' } })).status).toBe(200);
    expect((await bea.send('GET', '/v1/users')).status).toBe(200);
    // Each takes the role from the other at once: one of them keeps it.
    const taken = await Promise.all([ada.send('PATCH', `/v1/users/${beaId}`, { body: { role: 'user' } }), bea.send('PATCH', `/v1/users/${id}`, { body: { role: 'user' } })]);
    expect(taken.map(({ status }) => status).sort()).not.toEqual([200, 200]);
    await api.sql`update "user" set role = case when email = 'ada@example.org' then 'administrator' else 'user' end`;
    expect((await ada.send('PATCH', '/v1/users/user_000000000000000000000000', { body: { role: 'user' } })).status).toBe(404);
    // What PostgreSQL cannot take as text is no id either.
    expect((await ada.send('PATCH', '/v1/users/%00', { body: { role: 'user' } })).status).toBe(404);
    for (const path of ['/v1/invitations/%00', '/v1/account/sessions/%00']) expect((await ada.send('DELETE', path)).status, path).toBe(404);
    expect((await ada.send('PATCH', `/v1/users/${beaId}`, { body: {} })).status).toBe(422);
  });
});

describe('while the database is away', () => {
  it('a session is not taken for one that has ended', async () => {
    const browser = await people.signIn('bea');
    const gate = await startGate(api.servers.databaseUrl);
    const other = await startServer(readServerEnvironment({ ...api.environment, DATABASE_URL: gate.url }), createLog('other', 'silent'));
    const there = openBrowser(other.url);
    for (const [name, value] of browser.cookies) there.cookies.set(name, value);
    expect(await statusOf(there)).toBe(200);
    gate.shut();
    const answers = [await there.send('GET', '/v1/account'), await there.send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password } })];
    expect(answers.map(({ status, setCookie }) => ({ status, setCookie }))).toEqual([{ status: 503, setCookie: [] }, { status: 503, setCookie: [] }]);
    await gate.open();
    await expect.poll(() => statusOf(there)).toBe(200);
    await other.close();
    gate.close();
  });
});

describe('a stream that is open', () => {
  it('ends soon after the key or session behind it does', async () => {
    const settings = { ...localAccountSettings(), secret: api.environment['AUTH_SECRET'] ?? '' };
    const base = { db: api.db, storage: api.storage, log: createLog('test', 'silent'), settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } };
    const feed = openFeed({ db: api.db, databaseUrl: api.servers.databaseUrl, storage: api.storage, settings: base.settings, log: base.log });
    const app = createApp({ base, feed, accounts: openAccounts({ ...base, settings, recheckSeconds: 0.1 }) });
    const browser = await people.signUp('kim');
    const { key } = await api.person('kim', ['runs']);
    const { id } = (await browser.send<Run>('POST', '/v1/runs', { body: smallRun })).body;
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const follow = async (headers: Record<string, string>): Promise<{ open: boolean }> => {
      const state = { open: true };
      const { body } = await app.request(`/v1/runs/${id}/events`, { headers });
      void (async () => {
        for (const reader = body?.getReader(); reader !== undefined && !(await reader.read()).done; );
        state.open = false;
      })();
      return state;
    };
    const [byKey, bySession] = [await follow({ authorization: `Bearer ${key}` }), await follow({ cookie })];
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([byKey.open, bySession.open]).toEqual([true, true]);
    await browser.send('DELETE', '/v1/account/sessions');
    await expect.poll(() => bySession.open).toBe(false);
    expect(byKey.open).toBe(true);
    await api.sql`update "user" set disabled_at = now() where email = 'kim@example.org'`;
    await expect.poll(() => byKey.open).toBe(false);
    await feed.close();
  });
});
