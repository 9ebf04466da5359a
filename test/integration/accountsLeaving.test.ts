import { sweepClosedAccounts } from '@thaw/api/accounts/sweepClosedAccounts';
import { createLog } from '@thaw/api/log';
import type { UserOverview } from '@thaw/contract/accounts';
import type { Run } from '@thaw/contract/runs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountOf, emailOf, password, peopleOf, statusOf, type People } from './accountPeople.ts';
import { anyStorage, caller, claim, smallRun, startApi, type Api } from './apiHarness.ts';
import type { Browser } from './browser.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';
import { startMailServer, type MailServer } from './mailServer.ts';

let api: Api;
let mailing: Api;
let mail: MailServer;
let people: People;
let ada: Browser;
beforeAll(async () => {
  mail = await startMailServer();
  [api, mailing] = await Promise.all([startApi({ s3: anyStorage }), startApi({ s3: anyStorage, env: { SMTP_URL: mail.url, MAIL_FROM: 'thaw@example.org' } })]);
  people = peopleOf(api);
  ada = await people.signUp('ada');
}, 60_000);
afterAll(async () => {
  await Promise.all([api?.stop(), mailing?.stop(), mail?.stop()]);
});

const remove = (browser: Browser, currentPassword = password) => browser.send<{ status: number; detail?: string }>('POST', '/auth/delete-account', { body: { currentPassword } });
const sweep = (): Promise<number> => sweepClosedAccounts({ db: api.db, storage: api.storage, log: createLog('test', 'silent') });
const rowsOf = async (id: string): Promise<number> => (await api.sql`select 1 from "user" where id = ${id}`).length;

describe('an account that is deleted', () => {
  it('opens nothing from then on, and leaves neither name nor address', async () => {
    const bea = await people.signUp('bea');
    const { id, key } = await api.person('bea', ['runs', 'datasets', 'admin']);
    const call = caller(api.url, key);
    expect((await call('POST', '/v1/webhooks', { name: 'mine', url: 'https://hooks.example.com/', events: ['run.cancelled'] })).status).toBe(201);
    const waiting = (await call<Run>('POST', '/v1/runs', smallRun)).body;

    expect((await remove(bea, 'not that one')).body).toMatchObject({ status: 422, errors: [{ path: 'currentPassword' }] });
    expect((await call('POST', '/auth/delete-account', { currentPassword: password })).status).toBe(403);
    expect((await call('GET', `/v1/runs/${waiting.id}`)).body).toMatchObject({ status: 'queued' });

    const { status, setCookie } = await remove(bea);
    expect({ status, forgets: setCookie.some((cookie) => /session_token=;/.test(cookie)) }).toEqual({ status: 204, forgets: true });
    expect([await statusOf(bea), (await call('GET', '/v1/runs')).status]).toEqual([401, 401]);
    expect((await bea.send('POST', '/auth/sign-in/email', { body: { email: emailOf('bea'), password } })).status).toBe(401);
    expect(await api.sql`select status from run where id = ${waiting.id}`).toEqual([{ status: 'cancelled' }]);
    expect((await ada.send<{ items: UserOverview[] }>('GET', '/v1/users')).body.items.map((one) => one.id)).not.toContain(id);
    expect((await ada.send('PATCH', `/v1/users/${id}`, { body: { disabled: false } })).status).toBe(404);
    const acts = await api.sql<{ action: string; details: object }[]>`select action, details from audit_event where owner_id = ${id}`;
    expect(acts.map(({ action }) => action)).toEqual(expect.arrayContaining(['signed_up', 'account_deleted']));
    expect(JSON.stringify(acts)).not.toMatch(/bea@|127\.0\.0\.1/);
    // The address is free again, at once.
    expect((await accountOf(await people.signUp('bea'))).id).not.toBe(id);
    expect(await sweep()).toBe(1);
    expect([await rowsOf(id), (await api.sql`select 1 from run where id = ${waiting.id}`).length]).toEqual([0, 0]);
  });

  it('takes its data with it, once nothing of it runs any more', async () => {
    const cleo = await people.signUp('cleo');
    const owner = await api.person('cleo', ['runs', 'datasets']);
    const { dataset } = await uploadedDataset(api, owner);
    await (await claimIngest(api))?.complete(petImages());
    const trained = (await owner.call<Run>('POST', '/v1/runs', { ...smallRun, data: { ...smallRun.data, batchSize: 8, dataset } })).body;
    const attempt = await claim(api, trained.id);
    await attempt?.checkpoint(1, 3);
    const importing = await uploadedDataset(api, owner, 'more pets');
    const ingest = await claimIngest(api, importing);

    expect((await remove(cleo)).status).toBe(204);
    expect((await attempt?.heartbeat())?.body).toMatchObject({ action: 'stop' });
    expect((await ingest?.heartbeat())?.body).toMatchObject({ action: 'stop' });
    expect([await sweep(), await rowsOf(owner.id)]).toEqual([0, 1]);
    await attempt?.finish('stopped');
    await ingest?.stop();
    expect([await sweep(), await rowsOf(owner.id)]).toEqual([1, 0]);
    for (const table of ['run', 'dataset']) expect([table, (await api.sql`select 1 from ${api.sql(table)} where owner_id = ${owner.id}`).length]).toEqual([table, 0]);
    const noted = await api.sql<{ prefix: string }[]>`select prefix from removal`;
    expect(noted.map(({ prefix }) => prefix)).toEqual(expect.arrayContaining([`datasets/${dataset}/`, `datasets/${importing.dataset}/`]));
    expect(await api.storage.size(`runs/${trained.id}/checkpoints/1-3/model.safetensors`)).toBeNull();
  });

  it('is never that of the last administrator', async () => {
    const { status, body } = await remove(ada);
    expect({ status, detail: body.detail }).toEqual({ status: 409, detail: expect.stringMatching(/only administrator/) as string });
    expect(await statusOf(ada)).toBe(200);
    const dan = await people.signUp('dan');
    const { id } = await accountOf(dan);
    expect((await ada.send('PATCH', `/v1/users/${id}`, { body: { role: 'administrator' } })).status).toBe(200);
    expect((await remove(dan)).status).toBe(204);
    expect((await remove(ada)).status).toBe(409);
  });
});

describe('another address', () => {
  it('counts at once where no mails are sent, unless it has an account', async () => {
    const eve = await people.signUp('eve');
    const change = (newEmail: string, currentPassword = password) => eve.send<{ status: number | string }>('POST', '/auth/change-email', { body: { newEmail, currentPassword } });
    expect((await change('else@example.org', 'not that one')).status).toBe(422);
    expect((await change('ADA@example.org')).body).toMatchObject({ status: 422, errors: [{ path: 'newEmail' }] });
    expect((await change('Else@example.org')).body).toEqual({ status: 'changed' });
    expect(await accountOf(eve)).toMatchObject({ email: 'else@example.org', emailVerified: false });
    expect((await people.actsOf('else@example.org')).at(-1)?.action).toBe('address_changed');
  });

  it('counts once its own mail is confirmed, and the old one is told', async () => {
    const root = await peopleOf(mailing).signUp('root');
    const change = (newEmail: string) => root.send<{ status: string }>('POST', '/auth/change-email', { body: { newEmail, currentPassword: password } });
    const confirm = async (address: string) => root.send('POST', '/auth/verify-email', { body: { token: (await mail.linkTo(address)).searchParams.get('token') ?? '' } });
    expect((await change('new@example.org')).body).toEqual({ status: 'confirm-address' });
    const [first, second] = [await mail.linkTo('new@example.org'), await (await change('newer@example.org'), mail.linkTo('newer@example.org'))];
    expect(first.pathname).toBe('/confirm-address');
    expect((await accountOf(root)).email).toBe('root@example.org');
    expect((await confirm('new@example.org')).status).toBe(204);
    expect(await accountOf(root)).toMatchObject({ email: 'new@example.org', emailVerified: true });
    await expect.poll(() => mail.received.some(({ to, text }) => to[0] === 'root@example.org' && text.includes('another address'))).toBe(true);
    // A mail from before the change is worth nothing any more.
    expect(second.pathname).toBe('/confirm-address');
    expect((await confirm('newer@example.org')).status).toBe(400);
    expect((await root.send('POST', '/auth/sign-in/email', { body: { email: 'new@example.org', password } })).status).toBe(204);
    // Whether an address has an account is not told.
    const count = mail.received.length;
    expect((await change('root@example.org')).body).toEqual({ status: 'confirm-address' });
    await expect.poll(() => mail.received.length).toBe(count + 1);
  });
});
