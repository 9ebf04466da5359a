import { readServerEnvironment } from '@thaw/api/environment';
import { createLog } from '@thaw/api/log';
import { startServer } from '@thaw/api/startServer';
import type { BrowserSession } from '@thaw/contract/accounts';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyStorage, caller, startApi, type Api } from './apiHarness.ts';
import { openBrowser, type Browser } from './browser.ts';

let api: Api;
/** A second process of the same service, behind a proxy at 127.0.0.1, with a low limit of requests. */
let other: { url: string; close: () => Promise<void> };
beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  other = await startServer(readServerEnvironment({ ...api.environment, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8', REQUESTS_PER_MINUTE: '60' }), createLog('other', 'silent'));
  for (const name of ['ann', 'ben'])
    expect((await openBrowser(api.url).send('POST', '/auth/sign-up/email', { body: { name, email: `${name}@example.org`, password } })).status).toBe(200);
}, 60_000);
afterAll(async () => {
  await other?.close();
  await api?.stop();
});
beforeEach(async () => {
  await api.sql`delete from rate_limit`;
});

const password = 'correct horse battery';
const someAddress = (): string => [11, randomInt(256), randomInt(256), randomInt(256)].join('.');
const trySignIn = (name: string, secret: string, { browser = openBrowser(api.url), headers = {} }: { browser?: Browser; headers?: Record<string, string> } = {}) =>
  browser.send('POST', '/auth/sign-in/email', { body: { email: `${name}@example.org`, password: secret }, headers });
const times = <T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, at) => work(at)));
const countOf = (replies: { status: number }[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('wrong passwords (D06)', () => {
  it('are counted for the account and the address of the connection, whatever X-Forwarded-For says, and stop no one else', async () => {
    const replies = [];
    for (let i = 0; i < 20; i++) replies.push(await trySignIn('ann', 'wrong password', { headers: { 'x-forwarded-for': someAddress() } }));
    expect(replies.map(({ status }) => status)).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);
    expect(replies.at(-1)?.body).toMatchObject({ type: 'urn:thaw:problem:too-many-requests', detail: expect.stringMatching(/^Too many attempts\. Try again in \d+ (s|minutes)\.$/) as string });
    expect(Number(replies.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(800);
    // The right one too, or guessing could go on; but not that of another, nor from elsewhere.
    expect((await trySignIn('ann', password)).status).toBe(429);
    expect((await trySignIn('ben', password)).status).toBe(204);
    expect((await trySignIn('ann', password, { browser: openBrowser(api.url, { address: '127.0.0.2' }) })).status).toBe(204);
    const [failed] = await api.sql<{ count: number }[]>`select count(*)::int from audit_event where action = 'sign_in_failed'`;
    expect(failed?.count).toBe(10);
  });

  it('are answered alike where there is no account', async () => {
    for (const name of ['ann', 'nobody']) {
      const replies = await times(12, () => trySignIn(name, 'wrong password'));
      expect(countOf(replies)).toEqual({ 401: 10, 429: 2 });
      expect(new Set(replies.filter(({ status }) => status === 401).map(({ body }) => body.detail))).toEqual(new Set(['Address or password is wrong. Check both, or ask for a new password.']));
    }
  });

  it('are counted by all processes together, also when many come at once', async () => {
    const replies = await times(30, (at) => trySignIn('ann', 'wrong password', { browser: openBrowser([api.url, other.url][at % 2] ?? '') }));
    expect(countOf(replies)).toEqual({ 401: 10, 429: 20 });
  });

  it('from many addresses at one account are limited too, until the window ends', async () => {
    const replies = await times(30, (at) => trySignIn('ann', 'wrong password', { browser: openBrowser(api.url, { address: `127.0.1.${1 + (at % 6)}` }) }));
    expect(countOf(replies)).toEqual({ 401: 15, 429: 15 });
    const elsewhere = () => trySignIn('ann', password, { browser: openBrowser(api.url, { address: '127.0.2.1' }) });
    expect((await elsewhere()).status).toBe(429);
    await api.sql`update rate_limit set ends_at = now()`;
    expect((await elsewhere()).status).toBe(204);
  });

  it('from one address at many accounts are limited too', async () => {
    await api.sql`update rate_limit set count = 99`;
    await trySignIn('nobody0', 'wrong password');
    await api.sql`update rate_limit set count = 99 where key like 'password by address%'`;
    expect((await trySignIn('nobody1', 'wrong password')).status).toBe(401);
    expect((await trySignIn('nobody2', 'wrong password')).status).toBe(429);
  });

  it('are forgiven by the right one', async () => {
    expect(countOf(await times(4, () => trySignIn('ann', 'wrong password')))).toEqual({ 401: 4 });
    expect((await trySignIn('ann', password)).status).toBe(204);
    expect(countOf(await times(11, () => trySignIn('ann', 'wrong password')))).toEqual({ 401: 10, 429: 1 });
  });

  it('in a session are limited as well: who finds a browser open cannot try them out', async () => {
    const browser = openBrowser(api.url);
    await trySignIn('ben', password, { browser });
    const change = () => browser.send('POST', '/auth/change-password', { body: { currentPassword: 'wrong password', newPassword: 'another long password' } });
    expect((await change()).status).toBe(422);
    await api.sql`update rate_limit set count = 13 where key like 'password of account %'`;
    expect(countOf(await times(4, change))).toEqual({ 422: 2, 429: 2 });
  });
});

describe('behind a proxy that is trusted', () => {
  it('the last address that is no proxy of ours is the client', async () => {
    const through = (forwarded: string) => trySignIn('ann', 'wrong password', { browser: openBrowser(other.url), headers: { 'x-forwarded-for': forwarded } });
    // What the client wrote itself stands first.
    expect(countOf(await times(12, () => through(`${someAddress()}, 203.0.113.5, 10.1.2.3`)))).toEqual({ 401: 10, 429: 2 });
    expect((await through('203.0.113.5, 203.0.113.6')).status).toBe(401);
    const browser = openBrowser(other.url);
    await trySignIn('ben', password, { browser, headers: { 'x-forwarded-for': '1.2.3.4, 203.0.113.7' } });
    const { items } = (await browser.send<{ items: BrowserSession[] }>('GET', '/v1/account/sessions')).body;
    expect(items.find(({ current }) => current)?.address).toBe('203.0.113.7');
  });
});

describe('mails and tokens', () => {
  it('are limited for who gets them, with an account or without, and for who asks', async () => {
    const ask = (email: string, address: string) => openBrowser(api.url, { address }).send('POST', '/auth/request-password-reset', { body: { email } });
    for (const email of ['ben@example.org', 'nobody@example.org']) expect(countOf(await times(7, (at) => ask(email, `127.0.4.${1 + at}`)))).toEqual({ 204: 5, 429: 2 });
    expect(countOf(await times(32, (at) => ask(`nobody${at}@example.org`, '127.0.5.1')))).toEqual({ 204: 30, 429: 2 });
    const reset = () => openBrowser(api.url, { address: '127.0.5.2' }).send('POST', '/auth/reset-password', { body: { token: 'x'.repeat(24), newPassword: 'another long password' } });
    expect(countOf(await times(62, reset))).toEqual({ 400: 60, 429: 2 });
  });
});

describe('requests', () => {
  it('of one person are limited, and those without a valid key by address; neither stops others', async () => {
    const [busy, calm] = [await api.person('busy', ['read']), await api.person('calm', ['read'])];
    const replies = await times(70, () => caller(other.url, busy.key)('GET', '/v1/presets'));
    const counts = countOf(replies);
    expect(counts[200]).toBeGreaterThanOrEqual(60);
    expect(counts[429]).toBeGreaterThan(0);
    const refused = replies.find(({ status }) => status === 429);
    expect({ type: (refused?.body as { type?: string }).type, retryAfter: refused?.headers.get('retry-after') }).toEqual({ type: 'urn:thaw:problem:too-many-requests', retryAfter: '1' });
    expect((await caller(other.url, calm.key)('GET', '/v1/presets')).status).toBe(200);
    const failures = await times(15, () => caller(other.url, 'wrong')('GET', '/v1/presets'));
    expect(countOf(failures)).toMatchObject({ 401: expect.toSatisfy((count: number) => count >= 10 && count < 15) as number });
    expect((await caller(other.url, calm.key)('GET', '/v1/presets')).status).toBe(200);
  });
});
