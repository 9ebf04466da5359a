import type { Run } from '@thaw/contract/runs';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../integration/apiHarness.ts';
import { barriers } from './accessibility.ts';
import { dashboardTests, wholeStack } from './dashboardWorld.ts';
import { noisyPicture } from './noisyPicture.ts';

/** Probabilities by class, before and after, as the bars show them: exactly. */
async function shown(page: Page): Promise<Record<string, number>[]> {
  const lists = await page.evaluate<[string, number][][]>(`[...document.querySelectorAll('[role=tabpanel][data-state=active] ol')].map((list) =>
    [...list.children].map((item) => [item.querySelector('span').textContent, parseFloat(item.querySelector('[style]').style.width) / 100]))`);
  return lists.map((list) => Object.fromEntries(list));
}

function largestDifference(a: Record<string, number>[], b: Record<string, number>[]): number {
  expect(b.map((one) => Object.keys(one).length)).toEqual([5, 5]);
  return Math.max(...a.flatMap((one, at) => Object.entries(one).map(([name, value]) => Math.abs(value - (b[at]?.[name] ?? NaN)))));
}

dashboardTests('pictures in the browser, and commands', wholeStack(), (world) => {
  let page: Page;
  let run: Run;
  const asked: string[] = [];
  const workerPolicies: (string | undefined)[] = [];

  beforeAll(async () => {
    if (!world.browser) return;
    ({ page } = world.ada);
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on('response', (response) => {
      if (response.url().includes('turbopack-worker')) workerPolicies.push(response.headers()['content-security-policy']);
    });
    const data = { preset: 'scratch', name: 'a small one', data: { trainLimit: 400, testLimit: 100 }, schedule: { epochs: 2 } };
    const answer = await page.request.post(`${world.dashboard}/api/v1/runs`, { data, headers: { origin: world.dashboard } });
    run = (await answer.json()) as Run;
    const status = async (): Promise<string> => ((await (await page.request.get(`${world.dashboard}/api/v1/runs/${run.id}`)).json()) as Run).status;
    await until('the run has succeeded', async () => (await status()) === 'succeeded', 90, 500);
  }, 120_000);

  const tryPicture = (name: string, buffer: Buffer, mimeType: string): Promise<void> => page.getByTestId('picture').setInputFiles({ name, mimeType, buffer });
  /** Those of both networks, once they are there. */
  const answers = async (by: string): Promise<Record<string, number>[]> => {
    await page.getByText(`answered ${by} in`).waitFor({ timeout: 60_000 });
    await expect.poll(async () => (await shown(page)).length, { timeout: 60_000 }).toBe(2);
    return shown(page);
  };

  it('has the browser say what the server says, of a picture that goes nowhere', async () => {
    await page.goto(`${world.dashboard}/runs/${run.id}`);
    await page.getByRole('tab', { name: 'Try a picture' }).click();
    await tryPicture('page.png', await page.screenshot(), 'image/png');
    const byServer = await answers('by the server');
    expect(asked.filter((one) => /worker-|\.wasm$/.test(one))).toEqual([]);
    asked.length = 0;
    await page.getByRole('radio', { name: 'In this browser' }).click();
    const byBrowser = await answers('in this browser');
    const difference = largestDifference(byServer, byBrowser);
    console.log(`a PNG of 1280 x 800: probabilities differ by ${difference.toExponential(1)} at most`);
    expect(difference).toBeLessThan(1e-3);
    expect(asked.filter((one) => one.endsWith('/predict'))).toEqual([]);
    expect(workerPolicies).toEqual([expect.stringMatching(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'/)]);
    expect(await barriers(page)).toEqual([]);
  });

  it('comes near the server with a JPEG, which both decode in their own way', async () => {
    const photo = await page.screenshot({ type: 'jpeg', quality: 90 });
    await tryPicture('photo.jpg', photo, 'image/jpeg');
    const byBrowser = await answers('in this browser');
    await page.getByRole('radio', { name: 'On the server' }).click();
    const difference = largestDifference(await answers('by the server'), byBrowser);
    console.log(`a JPEG of 1280 x 800: probabilities differ by ${difference.toExponential(1)} at most`);
    expect(difference).toBeLessThan(0.03);
  });

  it('remembers who answers, keeps the networks, and says what it cannot read', async () => {
    await page.getByRole('radio', { name: 'In this browser' }).click();
    await page.reload();
    asked.length = 0;
    await page.getByRole('tab', { name: 'Try a picture' }).click();
    expect(await page.getByRole('radio', { name: 'In this browser' }).getAttribute('aria-checked')).toBe('true');
    await tryPicture('text.png', Buffer.from('no picture'), 'image/png');
    await page.getByText('This browser cannot read the file').waitFor();
    await tryPicture('noise.png', noisyPicture([100, 20, 20], 1), 'image/png');
    await answers('in this browser');
    await page.getByText('40 × 32 pixels').waitFor();
    expect(asked.filter((one) => one.endsWith('.onnx'))).toEqual([]);
  });

  it('answers where the server makes no predictions', async () => {
    await page.route('**/predict?*', (route) => route.fulfill({ status: 501, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:thaw:problem:not-here', title: 'Not here', status: 501, detail: 'This host makes no predictions.' }) }));
    await page.getByRole('radio', { name: 'On the server' }).click();
    await page.getByText('The server makes no predictions. This browser answers instead.').waitFor();
    await answers('in this browser');
    await page.unroute('**/predict?*');
    world.ada.complaints.splice(0, Infinity, ...world.ada.complaints.filter((one) => !one.includes('501')));
  });

  it('goes to a run by some letters of its name, and lists its keys', async () => {
    await page.goto(`${world.dashboard}/datasets`);
    await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox', { name: 'Search and commands' });
    await field.fill('SMALL');
    await page.getByRole('option', { name: /a small one/ }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await field.press('Enter');
    await page.waitForURL(`**/runs/${run.id}`);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await field.fill('nothing like it');
    await page.getByText('Nothing found for “nothing like it”.').waitFor();
    await field.fill('dark');
    await field.press('Enter');
    await expect.poll(() => page.locator('html').getAttribute('class')).toContain('dark');
  });

  it('signs out by a command, and keeps no network then', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('简体');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '搜索', exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('退出');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/sign-in');
    expect(await page.evaluate('caches.keys()')).toEqual([]);
    expect(world.ada.complaints).toEqual([]);
  });
});
