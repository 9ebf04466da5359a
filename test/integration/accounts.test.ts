import { localAccountSettings } from '@thaw/api/accounts/accountSettings';
import { openAccounts } from '@thaw/api/accounts/openAccounts';
import { createApp } from '@thaw/api/app';
import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import { openFeed } from '@thaw/api/stream/feed';
import type { Account, AuthOptions, BrowserSession, UserOverview } from '@thaw/contract/accounts';
import type { AuditEvent } from '@thaw/contract/audit';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, smallRun, startApi, type Api } from './apiHarness.ts';
import { openBrowser, type Browser } from './browser.ts';
import { startGate } from './databaseGate.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { LOG_LEVEL: 'info' } });
}, 60_000);
afterAll(async () => api?.stop());

const password = 'correct horse battery';
const emailOf = (name: string): string => `${name}@example.org`;

async function signUp(name: string, browser = openBrowser(api.url)): Promise<Browser> {
  const { status, body } = await browser.send<{ status: string }>('POST', '/auth/sign-up/email', { body: { name, email: emailOf(name), password } });
  expect({ status, body }).toEqual({ status: 200, body: { status: 'signed-in' } });
  return browser;
}
async function signIn(name: string, browser = openBrowser(api.url), secret = password): Promise<Browser> {
  const { status } = await browser.send('POST', '/auth/sign-in/email', { body: { email: emailOf(name), password: secret } });
  expect(status).toBe(204);
  return browser;
}
const account = async (browser: Browser) => (await browser.send<Account>('GET', '/v1/account')).body;
const statusOf = async (browser: Browser) => (await browser.send('GET', '/v1/account')).status;
const actsOf = (email: string) =>
  api.sql<{ action: string; actor: string }[]>`select action, actor from audit_event where owner_id = (select id from "user" where email = ${email}) order by id`;

describe('the first person', () => {
  it('becomes an administrator, also when two come at once, and the others do not', async () => {
    expect((await openBrowser(api.url).send<AuthOptions>('GET', '/auth/options')).body).toEqual({ signUp: 'open', first: true, github: false, mail: false, password: { min: 10, max: 128 } });
    const browsers = await Promise.all(['ada', 'bea', 'cleo'].map((name) => signUp(name)));
    const accounts = await Promise.all(browsers.map(account));
    expect(accounts.map(({ role }) => role).sort()).toEqual(['administrator', 'user', 'user']);
    expect(accounts[1]).toMatchObject({ name: 'bea', email: 'bea@example.org', signIn: ['password'], signUp: 'open', via: 'session', scopes: ['read', 'runs', 'datasets', 'admin'] });
    expect((await openBrowser(api.url).send<AuthOptions>('GET', '/auth/options')).body.first).toBe(false);
    // All later tests have one whose name is known.
    await api.sql`update "user" set role = case when email = 'ada@example.org' then 'administrator' else 'user' end`;
  });
});

describe('a session', () => {
  it('is a cookie that scripts cannot read and that other sites do not send, and opens all that its person may', async () => {
    const browser = openBrowser(api.url);
    const { setCookie } = await browser.send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password } });
    expect(setCookie).toHaveLength(1);
    expect(setCookie[0]).toMatch(/^thaw\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
    const run = await browser.send<{ id: string }>('POST', '/v1/runs', { body: smallRun });
    expect(run.status).toBe(201);
    expect((await browser.send('GET', `/v1/runs/${run.body.id}`)).status).toBe(200);
    expect((await (await signIn('cleo')).send('GET', `/v1/runs/${run.body.id}`)).status).toBe(404);
    expect((await browser.send('GET', '/v1/users')).status).toBe(403);
  });

  it('that ends with the browser is no longer than a day', async () => {
    const browser = openBrowser(api.url);
    const { setCookie } = await browser.send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password, rememberMe: false } });
    expect(setCookie.find((cookie) => cookie.startsWith('thaw.session_token'))).not.toMatch(/max-age|expires/i);
    const { items } = (await browser.send<{ items: BrowserSession[] }>('GET', '/v1/account/sessions')).body;
    const ends = Date.parse(items.find(({ current }) => current)?.expiresAt ?? '');
    expect(ends - Date.now()).toBeLessThan(24 * 3600 * 1000 + 1000);
  });

  it('is worth nothing when it is made up, altered or has ended', async () => {
    const browser = await signIn('bea');
    const [name = '', value = ''] = [...browser.cookies][0] ?? [];
    for (const forged of ['', 'x', value.slice(0, -8), value.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))]) {
      const answer = await openBrowser(api.url).send('GET', '/v1/account', { headers: { cookie: `${name}=${forged}` } });
      expect({ status: answer.status, type: answer.body.type }).toEqual({ status: 401, type: 'urn:thaw:problem:unauthorized' });
    }
    await api.sql`update session set expires_at = now() - interval '1 second' where user_id = (select id from "user" where email = 'bea@example.org')`;
    expect(await statusOf(browser)).toBe(401);
  });

  it('changes with each sign-in, and signing out ends it at the server too', async () => {
    const browser = await signIn('bea');
    const before = new Map(browser.cookies);
    await signIn('bea', browser);
    expect([...browser.cookies]).not.toEqual([...before]);
    const stolen = openBrowser(api.url);
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    expect(await statusOf(stolen)).toBe(200);
    expect((await browser.send('POST', '/auth/sign-out')).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect(await statusOf(stolen)).toBe(401);
  });

  it('is listed without its token, and ended one by one, everywhere else or everywhere', async () => {
    await api.sql`delete from session where user_id = (select id from "user" where email = 'cleo@example.org')`;
    const [one, two, three] = [await signIn('cleo'), await signIn('cleo', openBrowser(api.url, { address: '127.0.0.9' })), await signIn('cleo')];
    const { items } = (await one.send<{ items: BrowserSession[] }>('GET', '/v1/account/sessions')).body;
    expect(items.map(({ current, address, browser }) => ({ current, address, browser })).sort((a, b) => Number(b.current) - Number(a.current) || (a.address ?? '').localeCompare(b.address ?? ''))).toEqual([
      { current: true, address: '127.0.0.1', browser: 'Test/1.0' },
      { current: false, address: '127.0.0.1', browser: 'Test/1.0' },
      { current: false, address: '127.0.0.9', browser: 'Test/1.0' },
    ]);
    const tokens = [one, two, three].map(({ cookies }) => decodeURIComponent([...cookies.values()][0] ?? '').split('.')[0] ?? '');
    expect(tokens.every((token) => token.length > 20 && !JSON.stringify(items).includes(token))).toBe(true);

    const other = items.find(({ address }) => address === '127.0.0.9')?.id;
    // Another's is not there.
    expect((await (await signIn('bea')).send('DELETE', `/v1/account/sessions/${other}`)).status).toBe(404);
    expect((await one.send('DELETE', `/v1/account/sessions/${other}`)).status).toBe(204);
    expect([await statusOf(one), await statusOf(two), await statusOf(three)]).toEqual([200, 401, 200]);
    expect((await one.send('DELETE', '/v1/account/sessions?keep=current')).status).toBe(204);
    expect([await statusOf(one), await statusOf(three)]).toEqual([200, 401]);
    expect((await one.send('DELETE', '/v1/account/sessions')).status).toBe(204);
    expect(await statusOf(one)).toBe(401);
    expect((await actsOf('cleo@example.org')).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['signed_up', 'signed_in', 'session_ended', 'signed_out_everywhere']),
    );
  });
});

describe('while the database is away', () => {
  it('a session is not taken for one that has ended', async () => {
    const browser = await signIn('bea');
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
    const browser = await signUp('kim');
    const { key } = await api.person('kim', ['runs']);
    const { id } = (await browser.send<Run>('POST', '/v1/runs', { body: smallRun })).body;
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const follow = async (headers: Record<string, string>): Promise<{ open: boolean }> => {
      const state = { open: true };
      const { body } = await app.request(`/v1/runs/${id}/events`, { headers });
      void (async () => {
        for await (const _ of body ?? []);
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

describe('requests with a session that change something (D04)', () => {
  const changes = (browser: Browser, headers: Record<string, string | null>, body: unknown = { name: 'bea' }) => browser.send('PATCH', '/v1/account', { body, headers });

  it('come from our own pages, and say so', async () => {
    const browser = await signIn('bea');
    for (const origin of ['https://evil.example', 'null', null, `${api.url}.evil.example`, api.url.replace('http:', 'ftp:').replace(/\d+$/, '1')])
      expect({ origin, status: (await changes(browser, { origin })).status }).toEqual({ origin, status: 403 });
    expect((await changes(browser, {})).status).toBe(200);
    // Reading needs none: no page elsewhere can see the answer.
    expect((await browser.send('GET', '/v1/account', { headers: { origin: 'https://evil.example' } })).headers.get('access-control-allow-origin')).toBeNull();
    // With a key nobody is fooled: a page elsewhere does not have it.
    const { key } = await api.person('keyed', ['admin']);
    expect((await changes(openBrowser(api.url), { authorization: `Bearer ${key}`, origin: 'https://evil.example' }, { name: 'keyed' })).status).toBe(200);
  });

  it('are JSON', async () => {
    const browser = await signIn('bea');
    const body = JSON.stringify({ name: 'bea' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', null])
      expect({ type, status: (await changes(browser, { 'content-type': type }, body)).status }).toEqual({ type, status: 415 });
    for (const path of ['/auth/sign-in/email', '/auth/sign-up/email', '/auth/change-password'])
      expect((await browser.send('POST', path, { body, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });

  it('sign nobody in or out from elsewhere', async () => {
    const browser = await signIn('bea');
    const headers = { origin: 'https://evil.example' };
    expect((await browser.send('POST', '/auth/sign-out', { headers })).status).toBe(403);
    expect(await statusOf(browser)).toBe(200);
    const fresh = openBrowser(api.url);
    const { status, setCookie } = await fresh.send('POST', '/auth/sign-in/email', { headers, body: { email: emailOf('bea'), password } });
    expect({ status, setCookie }).toEqual({ status: 403, setCookie: [] });
  });
});

describe('a password', () => {
  it('that is changed signs all other browsers out (D15)', async () => {
    const [one, two] = [await signUp('dora'), await signIn('dora')];
    const changed = 'another long password';
    const wrong = await one.send('POST', '/auth/change-password', { body: { currentPassword: 'not my password', newPassword: changed } });
    expect({ status: wrong.status, at: wrong.body.errors?.[0]?.path }).toEqual({ status: 422, at: 'currentPassword' });
    const before = [...one.cookies.values()][0];
    expect((await one.send('POST', '/auth/change-password', { body: { currentPassword: password, newPassword: changed } })).status).toBe(204);
    expect([...one.cookies.values()][0]).not.toBe(before);
    expect([await statusOf(one), await statusOf(two)]).toEqual([200, 401]);
    const stale = await openBrowser(api.url).send('GET', '/v1/account', { headers: { cookie: `thaw.session_token=${before}` } });
    expect(stale.status).toBe(401);
    expect((await two.send('POST', '/auth/sign-in/email', { body: { email: emailOf('dora'), password } })).status).toBe(401);
    await signIn('dora', two, changed);
    expect((await actsOf('dora@example.org')).map(({ action }) => action)).toEqual(['signed_up', 'signed_in', 'password_changed', 'sign_in_failed', 'signed_in']);
  });

  it('is not changed with a key', async () => {
    const { call } = await api.person('keyed', ['admin']);
    expect((await call('POST', '/auth/change-password', { currentPassword: password, newPassword: 'another long password' })).status).toBe(403);
  });

  it('has a length, and is neither in the database nor in the log', async () => {
    for (const short of ['short', 'x'.repeat(129)]) {
      const { status, body } = await openBrowser(api.url).send('POST', '/auth/sign-up/email', { body: { name: 'eve', email: 'eve@example.org', password: short } });
      expect({ status, at: body.errors?.[0]?.path }).toEqual({ status: 422, at: 'password' });
    }
    const dump = JSON.stringify([await api.sql`select * from account`, await api.sql`select * from "user"`, await api.sql`select * from audit_event`]) + api.logged.join('\n');
    expect(dump).toContain('bea@example.org');
    expect(dump).not.toContain(password);
  });

  it('that is lost is replaced through a link, which without a mail server is in the log: once, and it signs out everywhere', async () => {
    const browser = await signUp('fay');
    const ask = (email: string) => openBrowser(api.url).send('POST', '/auth/request-password-reset', { body: { email } });
    // The same answer where there is no account.
    const [known, unknown] = [await ask('fay@example.org'), await ask('nobody@example.org')];
    expect({ ...known, headers: 0 }).toEqual({ ...unknown, headers: 0 });
    const links = api.logged.filter((line) => line.includes('reset-password?token='));
    expect(links).toHaveLength(1);
    const { link, to } = JSON.parse(links[0] ?? '') as { link: string; to: string };
    expect(to).toBe('fay@example.org');
    const token = new URL(link).searchParams.get('token') ?? '';
    expect(JSON.stringify(await api.sql`select * from verification`)).not.toContain(token);
    const reset = (value: string, newPassword: string) => openBrowser(api.url).send('POST', '/auth/reset-password', { body: { token: value, newPassword } });
    expect((await reset(`${token}x`, 'a brand new password')).body).toMatchObject({ status: 400, detail: expect.stringMatching(/Ask for a new one/) as string });
    expect((await reset(token, 'short')).status).toBe(422);
    expect((await reset(token, 'a brand new password')).status).toBe(204);
    expect((await reset(token, 'a second new password')).status).toBe(400);
    expect(await statusOf(browser)).toBe(401);
    await signIn('fay', browser, 'a brand new password');
    expect((await actsOf('fay@example.org')).map(({ action }) => action)).toEqual(['signed_up', 'password_reset', 'signed_in']);
  });
});

describe('administrators', () => {
  it('see everyone, page by page and by a part of the name; others and lesser keys do not', async () => {
    const ada = await signIn('ada');
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
    const [ada, gail] = [await signIn('ada'), await signUp('gail')];
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
    await signIn('gail', gail);
    const acts = await actsOf('gail@example.org');
    const by = (await account(ada)).id;
    expect(acts.filter(({ action }) => action.startsWith('user_')).map(({ action, actor }) => ({ action, actor }))).toEqual([{ action: 'user_disabled', actor: by }, { action: 'user_enabled', actor: by }]);
  });

  it('make others administrators, and one is always left', async () => {
    const [ada, bea] = [await signIn('ada'), await signIn('bea')];
    const [{ id }, { id: beaId }] = [await account(ada), await account(bea)];
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
    expect((await ada.send('PATCH', `/v1/users/${beaId}`, { body: {} })).status).toBe(422);
  });
});

describe('what else is better-auth\'s', () => {
  it('is not reachable, and what goes wrong is a problem of ours', async () => {
    const browser = await signIn('bea');
    for (const path of ['update-user', 'delete-user', 'change-email', 'list-sessions', 'revoke-session', 'revoke-sessions', 'set-password', 'link-social', 'unlink-account', 'get-session', 'ok', 'sign-in/oauth2', 'error'])
      for (const method of ['GET', 'POST']) {
        const { status, body } = await browser.send(method, `/auth/${path}`, method === 'POST' ? { body: {} } : {});
        expect({ path, status, type: body.type }).toEqual({ path, status: 404, type: 'urn:thaw:problem:not-found' });
      }
    const again = await browser.send('POST', '/auth/sign-up/email', { body: { name: 'bea', email: 'BEA@Example.org', password } });
    expect({ status: again.status, at: again.body.errors?.[0]?.path }).toEqual({ status: 422, at: 'email' });
    const made = await browser.send('POST', '/auth/sign-up/email', { body: { name: 'h', email: 'h@example.org', password, role: 'administrator' } });
    expect(made.status).toBe(422);
    expect((await browser.send('POST', '/auth/sign-up/email', { body: `{"name":"${'x'.repeat(2 ** 21)}"}` })).status).toBe(413);
    expect((await browser.send('POST', '/auth/sign-in/social', { body: { provider: 'github' } })).status).toBe(404);
  });

  it('leaves its acts in the audit log of the person', async () => {
    const browser = await signIn('bea');
    await openBrowser(api.url, { address: '127.0.0.7' }).send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password: 'not the password' } });
    const { items } = (await browser.send<{ items: AuditEvent[] }>('GET', '/v1/audit?limit=2')).body;
    const { id } = await account(browser);
    expect(items.map(({ action, actor, details }) => ({ action, actor, details }))).toEqual([
      { action: 'sign_in_failed', actor: 'anonymous', details: { address: '127.0.0.7' } },
      { action: 'signed_in', actor: id, details: { address: '127.0.0.1', by: 'password' } },
    ]);
  });
});
