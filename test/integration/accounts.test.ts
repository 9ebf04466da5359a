import type { AuthOptions, BrowserSession } from '@thaw/contract/accounts';
import type { AuditEvent } from '@thaw/contract/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, emailOf, password, peopleOf, statusOf, type People } from './accountPeople.ts';
import { anyStorage, smallRun, startApi, type Api } from './apiHarness.ts';
import { openBrowser, type Browser } from './browser.ts';

let api: Api;
let people: People;
beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { LOG_LEVEL: 'info' } });
  people = peopleOf(api);
}, 60_000);
afterAll(async () => api?.stop());

describe('the first person', () => {
  it('becomes an administrator, also when two come at once, and the others do not', async () => {
    expect((await openBrowser(api.url).send<AuthOptions>('GET', '/auth/options')).body).toEqual({ signUp: 'open', first: true, github: false, mail: false, password: { min: 10, max: 128 } });
    const browsers = await Promise.all(['ada', 'bea', 'cleo'].map((name) => people.signUp(name)));
    const accounts = await Promise.all(browsers.map(accountOf));
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
    expect((await (await people.signIn('cleo')).send('GET', `/v1/runs/${run.body.id}`)).status).toBe(404);
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
    const browser = await people.signIn('bea');
    const [name = '', value = ''] = [...browser.cookies][0] ?? [];
    for (const forged of ['', 'x', value.slice(0, -8), value.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))]) {
      const answer = await openBrowser(api.url).send('GET', '/v1/account', { headers: { cookie: `${name}=${forged}` } });
      expect({ status: answer.status, type: answer.body.type }).toEqual({ status: 401, type: 'urn:thaw:problem:unauthorized' });
    }
    await api.sql`update session set expires_at = now() - interval '1 second' where user_id = (select id from "user" where email = 'bea@example.org')`;
    expect(await statusOf(browser)).toBe(401);
  });

  it('changes with each sign-in, and signing out ends it at the server too', async () => {
    const browser = await people.signIn('bea');
    const before = new Map(browser.cookies);
    await people.signIn('bea', browser);
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
    const [one, two, three] = [await people.signIn('cleo'), await people.signIn('cleo', openBrowser(api.url, { address: '127.0.0.9' })), await people.signIn('cleo')];
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
    expect((await (await people.signIn('bea')).send('DELETE', `/v1/account/sessions/${other}`)).status).toBe(404);
    expect((await one.send('DELETE', `/v1/account/sessions/${other}`)).status).toBe(204);
    expect([await statusOf(one), await statusOf(two), await statusOf(three)]).toEqual([200, 401, 200]);
    expect((await one.send('DELETE', '/v1/account/sessions?keep=current')).status).toBe(204);
    expect([await statusOf(one), await statusOf(three)]).toEqual([200, 401]);
    expect((await one.send('DELETE', '/v1/account/sessions')).status).toBe(204);
    expect(await statusOf(one)).toBe(401);
    expect((await people.actsOf('cleo@example.org')).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['signed_up', 'signed_in', 'session_ended', 'signed_out_everywhere']),
    );
  });
});

describe('requests with a session that change something (D04)', () => {
  const changes = (browser: Browser, headers: Record<string, string | null>, body: unknown = { name: 'bea' }) => browser.send('PATCH', '/v1/account', { body, headers });

  it('come from our own pages, and say so', async () => {
    const browser = await people.signIn('bea');
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
    const browser = await people.signIn('bea');
    const body = JSON.stringify({ name: 'bea' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', null])
      expect({ type, status: (await changes(browser, { 'content-type': type }, body)).status }).toEqual({ type, status: 415 });
    for (const path of ['/auth/sign-in/email', '/auth/sign-up/email', '/auth/change-password'])
      expect((await browser.send('POST', path, { body, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });

  it('sign nobody in or out from elsewhere', async () => {
    const browser = await people.signIn('bea');
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
    const [one, two] = [await people.signUp('dora'), await people.signIn('dora')];
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
    await people.signIn('dora', two, changed);
    expect((await people.actsOf('dora@example.org')).map(({ action }) => action)).toEqual(['signed_up', 'signed_in', 'password_changed', 'sign_in_failed', 'signed_in']);
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
    const browser = await people.signUp('fay');
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
    await people.signIn('fay', browser, 'a brand new password');
    expect((await people.actsOf('fay@example.org')).map(({ action }) => action)).toEqual(['signed_up', 'password_reset', 'signed_in']);
  });
});

describe('what else is better-auth\'s', () => {
  it('is not reachable, and what goes wrong is a problem of ours', async () => {
    const browser = await people.signIn('bea');
    for (const path of ['update-user', 'delete-user', 'list-sessions', 'revoke-session', 'revoke-sessions', 'set-password', 'link-social', 'unlink-account', 'get-session', 'ok', 'sign-in/oauth2', 'error'])
      for (const method of ['GET', 'POST']) {
        const { status, body } = await browser.send(method, `/auth/${path}`, method === 'POST' ? { body: {} } : {});
        expect({ path, status, type: body.type }).toEqual({ path, status: 404, type: 'urn:thaw:problem:not-found' });
      }
    const again = await browser.send('POST', '/auth/sign-up/email', { body: { name: 'bea', email: 'BEA@Example.org', password } });
    expect({ status: again.status, at: again.body.errors?.[0]?.path }).toEqual({ status: 422, at: 'email' });
    const twice = await Promise.all([1, 2].map(() => openBrowser(api.url).send('POST', '/auth/sign-up/email', { body: { name: 'jo', email: emailOf('jo'), password } })));
    expect(twice.map(({ status, body }) => [status, body.errors?.[0]?.path]).sort()).toEqual([[200, undefined], [422, 'email']]);
    const made = await browser.send('POST', '/auth/sign-up/email', { body: { name: 'h', email: 'h@example.org', password, role: 'administrator' } });
    expect(made.status).toBe(422);
    expect((await browser.send('POST', '/auth/sign-up/email', { body: `{"name":"${'x'.repeat(2 ** 21)}"}` })).status).toBe(413);
    expect((await browser.send('POST', '/auth/sign-in/social', { body: { provider: 'github' } })).status).toBe(404);
  });

  it('leaves its acts in the audit log of the person', async () => {
    const browser = await people.signIn('bea');
    await openBrowser(api.url, { address: '127.0.0.7' }).send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password: 'not the password' } });
    const { items } = (await browser.send<{ items: AuditEvent[] }>('GET', '/v1/audit?limit=2')).body;
    const { id } = await accountOf(browser);
    expect(items.map(({ action, actor, details }) => ({ action, actor, details }))).toEqual([
      { action: 'sign_in_failed', actor: 'anonymous', details: { address: '127.0.0.7' } },
      { action: 'signed_in', actor: id, details: { address: '127.0.0.1', by: 'password' } },
    ]);
  });
});
