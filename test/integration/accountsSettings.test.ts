import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import type { Account, Invitation, MadeInvitation } from '@thaw/contract/accounts';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, type Api } from './apiHarness.ts';
import { openBrowser, type Browser } from './browser.ts';
import { startGithub } from './githubServer.ts';
import { startMailServer, type MailServer } from './mailServer.ts';

let api: Api;
let mail: MailServer;
let github: Awaited<ReturnType<typeof startGithub>>;
beforeAll(async () => {
  [api, mail, github] = await Promise.all([startApi({ s3: anyStorage }), startMailServer(), startGithub()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([api?.stop(), mail?.stop(), github?.stop()]);
});

const password = 'correct horse battery';
const publicUrl = 'https://thaw.example.org';
let started: (() => Promise<void>)[] = [];
let databases = 0;
afterEach(async () => {
  for (const stop of started) await stop();
  started = [];
});

/** Another API with these settings, on a database of its own where nobody is yet, behind a dashboard at publicUrl. */
async function another(settings: Record<string, string>) {
  const name = `accounts_${databases++}`;
  await api.sql.unsafe(`create database ${name}`);
  const database = new URL(api.servers.databaseUrl);
  database.pathname = `/${name}`;
  const logged: string[] = [];
  const environment = { ...api.environment, DATABASE_URL: database.href, PUBLIC_URL: publicUrl, LOG_LEVEL: 'info', ...settings };
  const server = await startServer(readServerEnvironment(environment), createLog('api', 'info', (line) => void logged.push(line)));
  const sql = postgres(database.href, { max: 1 });
  started.push(server.close, () => sql.end());
  const open = (): Browser => openBrowser(server.url, { origin: publicUrl });
  const signUp = (name: string, more: object = {}, browser = open()) =>
    browser.send<{ status: number | string; type?: string; errors?: { path: string }[] }>('POST', '/auth/sign-up/email', { body: { name, email: `${name}@example.org`, password, ...more } });
  const signIn = async (name: string, secret = password, browser = open()) => ({ browser, reply: await browser.send('POST', '/auth/sign-in/email', { body: { email: `${name}@example.org`, password: secret } }) });
  /** The first person, signed in. */
  const administrator = async (): Promise<Browser> => {
    const browser = open();
    await signUp('root', {}, browser);
    expect((await browser.send<Account>('GET', '/v1/account')).body.role).toBe('administrator');
    return browser;
  };
  return { sql, logged, open, signUp, signIn, administrator };
}

describe('behind https', () => {
  it('the cookie is marked Secure', async () => {
    const { administrator } = await another({});
    expect([...(await administrator()).cookies.keys()]).toEqual(['__Secure-thaw.session_token']);
    const { signIn } = await another({ PUBLIC_URL: 'http://localhost:3000', TRUSTED_ORIGINS: publicUrl });
    expect((await signIn('nobody')).reply.status).toBe(401);
  });
});

describe('signing up', () => {
  it('is closed but for the first', async () => {
    const { administrator, signUp, open } = await another({ SIGN_UP: 'closed' });
    const root = await administrator();
    const { status, body } = await signUp('bob');
    expect({ status, type: body.type }).toEqual({ status: 403, type: 'urn:thaw:problem:forbidden' });
    const { token } = (await root.send<MadeInvitation>('POST', '/v1/invitations', { body: {} })).body;
    expect((await signUp('bob', { invitation: token })).status).toBe(403);
    expect((await open().send('GET', '/auth/options')).body).toMatchObject({ signUp: 'closed', first: false });
  });

  it('takes an invitation: one person each, only whom it is for, as long as it lasts', async () => {
    const { administrator, signUp, signIn, logged } = await another({ SIGN_UP: 'invitation' });
    const root = await administrator();
    const invite = async (body: object) => (await root.send<MadeInvitation>('POST', '/v1/invitations', { body })).body;
    expect((await signUp('bob')).status).toBe(403);
    const forAnyone = await invite({});
    expect(forAnyone).toMatchObject({ email: null, status: 'open', link: `${publicUrl}/sign-up?invitation=${forAnyone.token}`, mailed: false });
    // Of two who use it at once only one comes in.
    const both = await Promise.all([signUp('bob', { invitation: forAnyone.token }), signUp('eve', { invitation: forAnyone.token })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect((await signUp('mallory', { invitation: forAnyone.token })).body.errors?.[0]?.path).toBe('invitation');
    expect((await signUp('mallory', { invitation: 'thawinvitation_' + 'x'.repeat(43) })).status).toBe(422);

    const forCarol = await invite({ email: 'Carol@Example.org' });
    expect((await signUp('mallory', { invitation: forCarol.token })).status).toBe(422);
    const carol = await signUp('carol', { invitation: forCarol.token });
    expect({ status: carol.status, body: carol.body }).toEqual({ status: 200, body: { status: 'signed-in' } });
    const { browser } = await signIn('carol');
    expect((await browser.send<Account>('GET', '/v1/account')).body).toMatchObject({ role: 'user', emailVerified: true });
    expect((await browser.send('POST', '/v1/invitations', { body: {} })).status).toBe(403);

    const revoked = await invite({});
    expect((await root.send('DELETE', `/v1/invitations/${revoked.id}`)).status).toBe(204);
    expect((await signUp('dan', { invitation: revoked.token })).status).toBe(422);
    expect((await root.send('DELETE', `/v1/invitations/${forCarol.id}`)).status).toBe(404);
    const page = (await root.send<{ items: Invitation[]; nextCursor: string }>('GET', '/v1/invitations?limit=1')).body;
    const rest = (await root.send<{ items: Invitation[] }>('GET', `/v1/invitations?cursor=${page.nextCursor}`)).body;
    expect([...page.items, ...rest.items].map(({ id, status }) => ({ id, status }))).toEqual([{ id: forCarol.id, status: 'accepted' }, { id: forAnyone.id, status: 'accepted' }]);
    expect([...page.items, ...rest.items].every(({ acceptedBy }) => /^user_[0-9a-f]{24}$/.test(acceptedBy ?? ''))).toBe(true);
    for (const { token } of [forAnyone, forCarol, revoked]) expect(JSON.stringify([page, rest, logged])).not.toContain(token);
  });

  it('does not keep an invitation that has expired, nor its token', async () => {
    const { administrator, signUp, sql } = await another({ SIGN_UP: 'invitation' });
    const root = await administrator();
    const { token, id } = (await root.send<MadeInvitation>('POST', '/v1/invitations', { body: { days: 1 } })).body;
    expect(JSON.stringify(await sql`select * from invitation`)).not.toContain(token);
    await sql`update invitation set expires_at = now() - interval '1 second' where id = ${id}`;
    expect((await signUp('bob', { invitation: token })).status).toBe(422);
    expect((await root.send<{ items: Invitation[] }>('GET', '/v1/invitations')).body.items[0]?.status).toBe('expired');
  });
});

describe('with a mail server', () => {
  const settings = () => ({ SMTP_URL: mail.url, MAIL_FROM: 'Thaw <thaw@example.org>' });

  it('an address is confirmed before it signs in, and who has an account already is told by mail alone', async () => {
    const { administrator, signUp, signIn, open } = await another(settings());
    await administrator();
    const fresh = await signUp('mia');
    expect({ status: fresh.status, body: fresh.body, setCookie: fresh.setCookie }).toEqual({ status: 200, body: { status: 'confirm-address' }, setCookie: [] });
    const early = (await signIn('mia')).reply;
    expect({ status: early.status, detail: early.body.detail }).toEqual({ status: 403, detail: expect.stringMatching(/not confirmed yet/) as string });
    const link = await mail.linkTo('mia@example.org');
    expect(link.href).toMatch(/^https:\/\/thaw\.example\.org\/confirm-address\?token=/);
    const confirm = (token: string) => open().send('POST', '/auth/verify-email', { body: { token } });
    const token = link.searchParams.get('token') ?? '';
    expect((await confirm(`${token}x`)).status).toBe(400);
    expect((await confirm(token)).status).toBe(204);
    expect((await signIn('mia')).reply.status).toBe(204);

    const count = mail.received.length;
    const again = await signUp('mia', { password: 'some other password' });
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: { status: 'confirm-address' } });
    expect((await mail.linkTo('mia@example.org')).pathname).toMatch(/sign-in|confirm-address/);
    await expect.poll(() => mail.received.length).toBe(count + 1);
    expect(mail.received.at(-1)).toMatchObject({ from: 'thaw@example.org', to: ['mia@example.org'], text: expect.stringMatching(/has an account already/) as string });
    expect((await signIn('mia', 'some other password')).reply.status).toBe(401);
    // Asked for again: mailed to who waits for it, and nothing to anybody else; the answers are the same.
    await signUp('noa');
    await expect.poll(() => mail.received.length).toBe(count + 2);
    for (const name of ['mia', 'noa', 'nobody']) expect((await open().send('POST', '/auth/send-verification-email', { body: { email: `${name}@example.org` } })).status).toBe(204);
    await expect.poll(() => mail.received.length).toBe(count + 3);
    expect(mail.received.at(-1)?.to).toEqual(['noa@example.org']);
  });

  it('a lost password is replaced by mail, which also confirms the address', async () => {
    const { administrator, signUp, signIn, open, logged } = await another(settings());
    await administrator();
    await signUp('lea');
    await mail.linkTo('lea@example.org');
    const count = mail.received.length;
    expect((await open().send('POST', '/auth/request-password-reset', { body: { email: 'lea@example.org' } })).status).toBe(204);
    await expect.poll(() => mail.received.length).toBe(count + 1);
    const link = await mail.linkTo('lea@example.org');
    expect(link.pathname).toBe('/reset-password');
    const token = link.searchParams.get('token') ?? '';
    expect((await open().send('POST', '/auth/reset-password', { body: { token, newPassword: 'a brand new password' } })).status).toBe(204);
    expect((await signIn('lea', 'a brand new password')).reply.status).toBe(204);
    expect(logged.join('\n')).not.toContain(token);
  });

  it('an invitation for an address is mailed to it', async () => {
    const { administrator, signUp } = await another({ ...settings(), SIGN_UP: 'invitation' });
    const root = await administrator();
    const made = (await root.send<MadeInvitation>('POST', '/v1/invitations', { body: { email: 'zoe@example.org' } })).body;
    expect(made.mailed).toBe(true);
    const invitation = (await mail.linkTo('zoe@example.org')).searchParams.get('invitation');
    expect(invitation).toBe(made.token);
    expect((await signUp('zoe', { invitation })).body).toEqual({ status: 'signed-in' });
  });

  it('that does not answer, signing up goes on, and the log says what to check', async () => {
    const { administrator, signUp, logged } = await another({ ...settings(), SMTP_URL: 'smtp://thaw:wrong@127.0.0.1:1' });
    const root = await administrator();
    expect((await signUp('pia')).body).toEqual({ status: 'confirm-address' });
    await expect.poll(() => logged.filter((line) => line.includes('check SMTP_URL')).length).toBeGreaterThan(0);
    expect((await root.send<MadeInvitation>('POST', '/v1/invitations', { body: { email: 'zoe@example.org' } })).body.mailed).toBe(false);
    expect(logged.join('')).not.toContain('wrong');
  });
});

describe('with GitHub', () => {
  const settings = () => ({ GITHUB_CLIENT_ID: 'github-client', GITHUB_CLIENT_SECRET: 'github-client-secret', GITHUB_URL: github.url });

  /** As a browser goes: to GitHub, which sends it back. @returns where it ends */
  async function throughGithub(browser: Browser, more: object = {}): Promise<string> {
    const begun = await browser.send<{ url: string }>('POST', '/auth/sign-in/social', { body: { provider: 'github', returnTo: '/runs', ...more } });
    expect(begun.status).toBe(200);
    const authorize = await fetch(begun.body.url, { redirect: 'manual' });
    const back = new URL(authorize.headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(`${publicUrl}/api/auth/callback/github`);
    const { status, headers } = await browser.send('GET', back.pathname.replace('/api', '') + back.search);
    expect(status).toBe(302);
    return headers.get('location') ?? '';
  }

  it('people sign up and in, the first as an administrator, and no token of theirs is kept', async () => {
    const { open, sql } = await another(settings());
    expect((await open().send('GET', '/auth/options')).body).toMatchObject({ github: true });
    github.state.person = { id: 1, login: 'octo', email: 'octo@example.org' };
    const browser = open();
    expect(await throughGithub(browser)).toBe(`${publicUrl}/runs`);
    const first = (await browser.send<Account>('GET', '/v1/account')).body;
    expect(first).toMatchObject({ name: 'octo', email: 'octo@example.org', emailVerified: true, role: 'administrator', signIn: ['github'] });
    github.state.person = { id: 2, login: 'hub', email: 'hub@example.org' };
    const second = open();
    await throughGithub(second);
    expect((await second.send<Account>('GET', '/v1/account')).body).toMatchObject({ role: 'user' });
    // The same person again, under another address: known by the id.
    github.state.person = { id: 1, login: 'octo', email: 'moved@example.org' };
    const again = open();
    await throughGithub(again);
    expect((await again.send<Account>('GET', '/v1/account')).body.id).toBe(first.id);
    expect(JSON.stringify(await sql`select * from account`)).not.toContain('gho_');
    expect((await sql<{ action: string }[]>`select action from audit_event where owner_id = ${first.id} order by id`).map(({ action }) => action)).toEqual(['signed_up', 'signed_in']);
  });

  it('nobody takes over the account of an address that they do not have, or that is not confirmed', async () => {
    const { administrator, signUp, open } = await another(settings());
    await administrator();
    await signUp('vic');
    const taken = open();
    github.state.person = { id: 3, login: 'thief', email: 'vic@example.org', verified: false };
    expect(await throughGithub(taken)).toMatch(/^https:\/\/thaw\.example\.org\/sign-in\?error=/);
    github.state.person = { id: 3, login: 'vic', email: 'vic@example.org' };
    expect(await throughGithub(taken)).toMatch(/\/sign-in\?error=account_not_linked/);
    expect((await taken.send('GET', '/v1/account')).status).toBe(401);
    // Nor with a flow that was begun elsewhere.
    const victim = open();
    const begun = await open().send<{ url: string }>('POST', '/auth/sign-in/social', { body: { provider: 'github' } });
    const back = new URL((await fetch(begun.body.url, { redirect: 'manual' })).headers.get('location') ?? '');
    expect((await victim.send('GET', `/auth/callback/github${back.search}`)).headers.get('location')).toMatch(/error=/);
    expect((await victim.send('GET', '/v1/account')).status).toBe(401);
    for (const returnTo of ['//evil.example', 'https://evil.example', '/\\evil.example'])
      expect({ returnTo, status: (await victim.send('POST', '/auth/sign-in/social', { body: { provider: 'github', returnTo } })).status }).toEqual({ returnTo, status: 422 });
  });

  it('signing up takes the invitation along, and a disabled person stays out', async () => {
    const { administrator, open } = await another({ ...settings(), SIGN_UP: 'invitation' });
    const root = await administrator();
    github.state.person = { id: 4, login: 'ida', email: 'ida@example.org' };
    const browser = open();
    expect(await throughGithub(browser)).toMatch(/\/sign-in\?error=INVITATION_NEEDED/);
    const { token } = (await root.send<MadeInvitation>('POST', '/v1/invitations', { body: { email: 'ida@example.org' } })).body;
    expect(await throughGithub(browser, { invitation: token })).toBe(`${publicUrl}/runs`);
    const { id } = (await browser.send<Account>('GET', '/v1/account')).body;
    await root.send('PATCH', `/v1/users/${id}`, { body: { disabled: true } });
    expect((await browser.send('GET', '/v1/account')).status).toBe(401);
    expect(await throughGithub(browser)).toMatch(/\/sign-in\?error=ACCOUNT_DISABLED/);
  });
});
