import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../integration/servers.ts';
import { freePortRange, startStackProcess, type StackProcess } from '../integration/stackProcess.ts';
import { barriers } from './accessibility.ts';
import { missingBrowser, openBrowser, signUp, visit, type Visitor } from './browser.ts';

const missing = missingBrowser();

describe.skipIf(missing !== null)(`the dashboard of a running stack${missing === null ? '' : `: ${missing}`}`, { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  let stack: StackProcess;
  let dashboard: string;
  let browser: Browser;
  let ada: Visitor;
  let run: string;

  beforeAll(async () => {
    const port = await freePortRange();
    stack = startStackProcess(path.join(folder, 'state'), port, { THAW_DASHBOARD: readSetupPaths().dashboard ?? '' });
    browser = await openBrowser();
    dashboard = (await stack.ready()).dashboard ?? '';
    ada = await visit(browser);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    stack?.kill('SIGTERM');
    await stack?.exit;
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets nobody in without a session, whatever headers they send', async () => {
    const trick = { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware', 'x-path': '/runs' };
    for (const headers of [{}, trick]) {
      const page = await fetch(`${dashboard}/runs`, { redirect: 'manual', headers });
      expect([page.status, page.headers.get('location')]).toEqual([307, '/sign-in?next=%2Fruns']);
      const api = await fetch(`${dashboard}/api/v1/runs`, { headers });
      expect([api.status, api.headers.get('content-type')]).toEqual([401, expect.stringContaining('application/problem+json')]);
    }
    const { headers } = await fetch(`${dashboard}/sign-in`);
    expect(headers.get('content-security-policy')).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('signs a person up, who finds no runs and writes a first one', async () => {
    const { page } = ada;
    await signUp(ada, dashboard, 'ada');
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    await page.getByRole('link', { name: 'Choose a recipe' }).click();
    await page.getByRole('radio', { name: /^scratch/ }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('1001');
    await page.getByText('One value must be corrected first').waitFor();
    expect(await page.getByRole('button', { name: 'Launch' }).isDisabled()).toBe(true);
    await page.getByLabel('Epochs', { exact: true }).fill('3');
    await page.getByLabel('Training images').fill('400');
    await page.getByText('Advanced').click();
    await page.getByLabel('Test images').fill('100');
    await page.getByLabel('Name').fill('a first run');
    await page.getByText('"trainLimit": 400').waitFor();
    await page.getByRole('button', { name: 'Show it on real images' }).click();
    const preview = page.getByRole('img', { name: /^Augmented training images of the classes airplane, automobile/ });
    await preview.waitFor({ timeout: 60_000 });
    // Five images as they are, and in six epochs.
    await expect.poll(() => page.evaluate(`document.querySelector('img[alt^="Augmented"]').naturalWidth > document.querySelector('img[alt^="Augmented"]').naturalHeight`)).toBe(true);
    await page.getByRole('button', { name: 'Launch' }).click();
    await page.waitForURL(/\/runs\/run_[0-9a-f]+$/);
    run = page.url();
  });

  it('shows it learning without a reload, to its end', async () => {
    const { page } = ada;
    await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('a first run · Thaw');
    await page.getByText(/^step [1-9]\d* of 18$/).waitFor({ timeout: 60_000 });
    await page.getByRole('img', { name: 'Loss by iteration' }).locator('canvas').waitFor();
    await page.getByText('step 18 of 18').waitFor({ timeout: 60_000 });
    await page.getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 });
    for (const chart of ['Accuracy by epoch', 'Loss by epoch', 'Learning rate']) await page.getByRole('img', { name: chart }).locator('canvas').waitFor();
  });

  it('shows its pictures before and after, its evaluation, checkpoints and log', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Pictures' }).click();
    await page.getByText('After epoch 3').waitFor();
    await page.getByRole('img', { name: /A picture of the class/ }).first().waitFor();
    await expect.poll(() => page.evaluate(`document.querySelector('main li img').naturalWidth`)).toBe(32);
    await page.getByRole('slider', { name: 'Epoch' }).press('Home');
    await page.getByText('Before fine-tuning', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Evaluation' }).click();
    await page.getByRole('heading', { name: 'Confusion matrix' }).waitFor();
    await page.getByRole('tab', { name: 'Checkpoints' }).click();
    const link = page.getByRole('link', { name: 'safetensors' }).last();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(await download.failure()).toBeNull();
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('succeeded');
    await expect.poll(() => page.getByRole('listitem').filter({ hasText: 'Succeeded after' }).count()).toBe(1);
  });

  it('tells what the network says of a picture, before and after', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Try a picture' }).click();
    await page.getByTestId('picture').setInputFiles({ name: 'page.png', mimeType: 'image/png', buffer: await page.screenshot() });
    await page.getByRole('heading', { name: 'After fine-tuning (epoch' }).waitFor({ timeout: 60_000 });
    await page.getByText('1280 × 800 pixels').waitFor();
    // Five classes each.
    await expect.poll(() => page.getByRole('tabpanel').getByRole('listitem').count(), { timeout: 30_000 }).toBe(10);
    await page.getByTestId('picture').setInputFiles({ name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByText('The file is no image').waitFor();
    expect(await barriers(page)).toEqual([]);
    // The browser writes down that the server refused the last one.
    expect(ada.complaints.splice(0).filter((one) => !one.includes('/predict'))).toEqual([]);
  });

  it('saves its charts as files, and prints a report', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: 'Curves' }).click();
    for (const [name, begin] of [['Picture (PNG)', '\x89PNG'], ['Vector graphic (SVG)', '<svg '], ['Values (CSV)', '\xef\xbb\xbfepoch,']] as const) {
      await page.getByRole('button', { name: 'Save “Loss by epoch” as a file' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
      expect(readFileSync(await download.path()).toString('latin1').slice(0, begin.length)).toBe(begin);
    }
    await page.goto(`${run}/report`);
    for (const figure of ['Loss by iteration', 'Accuracy by epoch', 'Loss by epoch']) await page.getByRole('img', { name: figure }).waitFor();
    await page.getByRole('cell', { name: 'airplane' }).waitFor();
    await page.getByRole('cell', { name: 'schedule.epochs' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('lays it beside another one', async () => {
    const { page } = ada;
    const id = run.split('/').at(-1) ?? '';
    const data = { name: 'a second run', optimizer: { learningRate: 0.5 } };
    const answer = await page.request.post(`${dashboard}/api/v1/runs/${id}/clone`, { data, headers: { origin: dashboard } });
    expect(answer.status()).toBe(201);
    await page.goto(`${dashboard}/runs`);
    for (const name of ['a first run', 'a second run']) await page.getByRole('checkbox', { name: `Select ${name}` }).click();
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('row', { name: /^optimizer\.learningRate 0\.\d+ 0\.5$/ }).waitFor();
    await page.getByRole('checkbox', { name: 'Show a second run in the plot' }).click();
    await page.getByRole('figure').getByText('a first run').waitFor();
    expect(await page.getByRole('figure').getByText('a second run').count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    await page.goto(run);
  });

  it('lists it, in Chinese too', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('row', { name: /a first run/ }).waitFor();
    await page.getByRole('button', { name: /ada@example\.org/ }).click();
    await page.getByRole('menuitemradio', { name: '简体中文' }).click();
    await page.getByRole('heading', { name: '训练', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('没有匹配的训练').waitFor();
    await page.reload();
    await page.getByText('没有匹配的训练').waitFor();
  });

  it('shows nothing of it to another person', async () => {
    const eve = await visit(browser);
    await signUp(eve, dashboard, 'eve');
    await eve.page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    expect((await eve.page.goto(run))?.status()).toBe(404);
    await eve.page.getByText('There is nothing here').waitFor();
    await eve.context.close();
  });

  it('signs out, and is shut then', async () => {
    const { page, complaints } = ada;
    await page.getByRole('button', { name: /ada@example\.org/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto(run);
    expect(page.url()).toContain('/sign-in?next=');
    expect(complaints).toEqual([]);
  });
});
