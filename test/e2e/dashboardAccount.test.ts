import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { barriers } from './accessibility.ts';
import { password, signUp, visit, type Visitor } from './browser.ts';
import { dashboardTests, wholeStack } from './dashboardWorld.ts';

dashboardTests('account and administration in the dashboard', wholeStack(), (world) => {
  const signIn = async ({ page }: Visitor, email: string, words: string): Promise<void> => {
    await page.goto(`${world.dashboard}/sign-in`);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(words);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL('**/runs');
  };
  const open = async (page: Page, at: string, heading: string): Promise<void> => {
    await page.goto(`${world.dashboard}${at}`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  };

  it('makes a key, shows it once with a line that uses it, and revokes it', async () => {
    const { dashboard, ada: { page } } = world;
    await open(page, '/account?tab=keys', 'Account');
    await page.getByRole('button', { name: 'New API key' }).click();
    await page.getByLabel('Name').fill('my script');
    await page.getByRole('checkbox', { name: /^Runs/ }).click();
    await page.getByRole('checkbox', { name: /^Data sets/ }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.getByTestId('secret').innerText();
    const line = await page.getByText(/^curl -H/).innerText();
    expect(line).toBe(`curl -H "Authorization: Bearer ${key}" ${dashboard}/api/v1/runs`);
    const ask = (method: string): Promise<number> => fetch(`${dashboard}/api/v1/runs`, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }).then(({ status }) => status);
    expect([await ask('GET'), await ask('POST')]).toEqual([200, 403]);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByText('my script').waitFor();
    expect(await page.getByText(key).count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No API keys yet').waitFor();
    expect(await ask('GET')).toBe(401);
  });

  it('signs other browsers out, one by one and by a new password', async () => {
    const { dashboard, browser, ada: { page } } = world;
    const elsewhere = await visit(browser);
    await signIn(elsewhere, 'ada@example.org', password);
    await open(page, '/account?tab=sessions', 'Account');
    await page.getByText('This browser').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('listitem').getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(() => page.getByRole('listitem').filter({ hasText: 'last used' }).count()).toBe(1);
    await elsewhere.page.goto(`${dashboard}/runs`);
    expect(elsewhere.page.url()).toContain('/sign-in');
    await signIn(elsewhere, 'ada@example.org', password);

    await page.getByRole('tab', { name: 'Profile' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: /^A Ada Lovelace|Ada Lovelace/ }).waitFor();
    await page.getByLabel('Current password').fill('not that one');
    await page.getByLabel('New password').fill('another long password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').filter({ hasText: 'password' }).first().waitFor();
    await page.getByLabel('Current password').fill(password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed').waitFor();
    expect(await barriers(page)).toEqual([]);
    await elsewhere.page.goto(`${dashboard}/runs`);
    expect(elsewhere.page.url()).toContain('/sign-in');
    await elsewhere.context.close();
  });

  it('keeps webhooks, whose secret is shown once', async () => {
    const { page } = world.ada;
    await open(page, '/account?tab=webhooks', 'Account');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Name').fill('chat');
    await page.getByLabel('Address').fill('https://hooks.example.org/thaw');
    await page.getByRole('button', { name: 'Save' }).click();
    const secret = await page.getByTestId('secret').innerText();
    expect(secret).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByText('https://hooks.example.org/thaw').waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('ping', { exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'More actions for chat' }).click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await page.getByText('For a day messages carry two signatures').waitFor();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const renewed = await page.getByTestId('secret').innerText();
    expect(renewed).toMatch(/^whsec_/);
    expect(renewed).not.toBe(secret);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('button', { name: 'More actions for chat' }).click();
    await page.getByRole('menuitem', { name: 'Switch off' }).click();
    await page.getByText('Off', { exact: true }).waitFor();
  });

  it('lets a person take another address, and leave for good', async () => {
    const zoe = await visit(world.browser);
    const { page } = zoe;
    await signUp(zoe, world.dashboard, 'zoe');
    await open(page, '/account', 'Account');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('New address').fill('zoe@example.com');
    await page.getByLabel('Your password').fill(password);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Change the address' }).click();
    await page.getByText('Your address is changed').waitFor();
    await page.getByRole('main').getByText('zoe@example.com').waitFor();

    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByLabel('Your password').fill('not that one');
    await page.getByRole('button', { name: 'Delete it for good' }).click();
    await page.getByRole('alert').filter({ hasText: 'password' }).waitFor();
    await page.getByLabel('Your password').fill(password);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete it for good' }).click();
    await page.waitForURL('**/sign-in');
    await page.getByLabel('E-mail').fill('zoe@example.com');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Address or password is wrong').waitFor();
    await zoe.context.close();
  });

  it('shows workers and what was used', async () => {
    const { page } = world.ada;
    await open(page, '/workers', 'Workers');
    await page.getByText('Nothing of yours waits.').waitFor();
    expect(await barriers(page)).toEqual([]);
    await open(page, '/usage', 'Usage');
    await page.getByRole('progressbar', { name: 'Waiting runs' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('lets an administrator invite, limit and lock a person, and nobody else', async () => {
    const { dashboard, browser, addresses, ada } = world;
    const local = await visit(browser);
    await signIn(local, addresses.email, addresses.password ?? '');
    expect(await ada.page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
    await open(ada.page, '/administration', 'Administration');
    await ada.page.getByText('For administrators').waitFor();

    const { page } = local;
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByText('ada@example.org').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Invitations' }).click();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = await page.getByTestId('secret').innerText();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    const eve = await visit(browser);
    await eve.page.goto(link);
    await eve.page.getByLabel('Name').fill('Eve');
    await eve.page.getByLabel('E-mail').fill('eve@example.org');
    await eve.page.getByLabel('Password').fill(password);
    await eve.page.getByRole('button', { name: 'Create account' }).click();
    await eve.page.waitForURL('**/runs');

    await page.getByRole('tab', { name: 'People' }).click();
    await page.getByLabel('Search by name or address').fill('eve');
    await page.getByRole('button', { name: 'More actions for Eve' }).click();
    await page.getByRole('menuitem', { name: 'Quota and usage' }).click();
    await page.getByRole('combobox', { name: 'Limit for Data sets' }).click();
    await page.getByRole('option', { name: 'A limit of its own' }).click();
    await page.getByRole('spinbutton', { name: 'Data sets' }).fill('0');
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The quota is changed').waitFor();
    await eve.page.goto(`${dashboard}/datasets/new`);
    await eve.page.getByTestId('archive').setInputFiles({ name: 'a.zip', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04 and more') });
    await eve.page.getByRole('button', { name: 'Upload', exact: true }).click();
    await eve.page.getByRole('alert').filter({ hasText: 'data sets' }).waitFor();

    await page.getByRole('button', { name: 'More actions for Eve' }).click();
    await page.getByRole('menuitem', { name: 'Lock the account' }).click();
    await page.getByText('Locked', { exact: true }).waitFor();
    await eve.page.goto(`${dashboard}/runs`);
    expect(eve.page.url()).toContain('/sign-in');
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByRole('cell', { name: 'Account locked' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(local.complaints).toEqual([]);
    await eve.context.close();
  });
});
