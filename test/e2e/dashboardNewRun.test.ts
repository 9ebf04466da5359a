import { presets } from '@thaw/contract/presets';
import type { Run } from '@thaw/contract/runs';
import type { Browser, Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { barriers } from './accessibility.ts';
import { visit, type Visitor } from './browser.ts';
import { dashboardTests, withoutWorkers } from './dashboardWorld.ts';

dashboardTests('a recipe written in the dashboard', withoutWorkers, (world) => {
  let browser: Browser;
  let dashboard: string;
  let ada: Visitor;
  let page: Page;
  let run: Run;

  beforeAll(() => {
    ({ browser, dashboard, ada } = world);
    ({ page } = ada);
  });

  const handle = (name: string, of = page): Locator => of.getByRole('slider', { name, exact: true });
  const middle = async (locator: Locator): Promise<{ x: number; y: number }> => {
    const box = await locator.boundingBox();
    if (box === null) throw new Error('it is not there');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const says = (name: string, text: string) => expect.poll(() => handle(name).getAttribute('aria-valuetext'), { timeout: 10_000 }).toBe(text);
  /** Pixels from one epoch to the next. */
  const epochWidth = async (): Promise<number> => ((await middle(handle('The end'))).x - (await middle(handle('The thaw'))).x) / 4;
  const drag = async (from: { x: number; y: number }, dx: number, dy: number): Promise<void> => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + dx / 2, from.y + dy / 2, { steps: 4 });
    await page.mouse.move(from.x + dx, from.y + dy, { steps: 4 });
    await page.mouse.up();
  };
  const launched = async (): Promise<Run> => {
    await page.getByRole('button', { name: 'Launch' }).click();
    await page.waitForURL(/\/runs\/run_[0-9a-f]+$/);
    const answer = await page.request.get(`${dashboard}/api/v1/runs/${page.url().split('/').at(-1)}`);
    return (await answer.json()) as Run;
  };

  it('is changed by dragging and by pressing', async () => {
    await page.goto(`${dashboard}/runs/new`);
    await handle('The thaw').waitFor();
    const epoch = await epochWidth();
    await drag(await middle(handle('The thaw')), epoch, 80);
    await says('The thaw', 'thaw after 3 epochs');
    expect(await page.getByLabel('Frozen epochs').inputValue()).toBe('3');
    // As far up as the picture goes.
    await drag(await middle(handle('Rate at the start')), 0, -300);
    await says('Rate at the start', '0.01');
    // Beside the line of the other rate, far from its handle.
    const thawed = await middle(handle('Rate from the thaw on'));
    await page.mouse.click(thawed.x + epoch, thawed.y + 10);
    await expect.poll(async () => Number(await page.getByLabel('Rate after the thaw').inputValue()), { timeout: 10_000 }).toBeLessThan(1e-4);
    await drag({ x: thawed.x + epoch, y: thawed.y + 10 }, 0, -2000);
    await says('Rate from the thaw on', '0.1');
    await drag(await middle(handle('The end')), epoch, 0);
    await says('The end', '7 epochs');
  });

  it('is changed by the keyboard', async () => {
    await handle('Rate at the start').press('PageDown');
    await handle('Rate at the start').press('ArrowDown');
    await says('Rate at the start', '7e-4');
    await handle('Rate from the thaw on').press('Home');
    for (const key of ['PageUp', 'PageUp', 'ArrowUp', 'ArrowRight']) await handle('Rate from the thaw on').press(key);
    await says('Rate from the thaw on', '2e-5');
    for (const key of ['PageUp', 'ArrowLeft']) await handle('The end').press(key);
    await says('The end', '11 epochs');
    await handle('The thaw').press('End');
    await says('The thaw', 'never thawed');
    expect(await handle('Rate from the thaw on').count()).toBe(0);
    for (const key of ['PageDown', 'ArrowLeft', 'ArrowLeft']) await handle('The thaw').press(key);
    await says('The thaw', 'thaw after 4 epochs');
  });

  it('has all else in folded groups, each with what is wrong in it', async () => {
    // Only the API knows that the weights of ImageNet are not here.
    await page.getByRole('button', { name: 'Launch' }).click();
    await page.getByRole('group').filter({ hasText: 'Network and weights' }).getByText('1 to correct').waitFor();
    await page.getByText('Network and weights').click();
    expect(await page.getByRole('combobox', { name: 'Weights' }).getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('combobox', { name: 'Weights' }).click();
    await page.getByRole('option', { name: 'Random' }).click();
    await page.getByText('1 changed').waitFor();
    expect(await page.getByText('1 to correct').count()).toBe(0);
    expect(ada.complaints.splice(0)).toEqual([expect.stringContaining('422')]);
    await page.getByText('Regularisation').click();
    await page.getByLabel('Label smoothing').fill('1');
    await page.getByText('1 to correct').waitFor();
    await page.getByText('Too big: expected number to be <1').waitFor();
    await page.getByLabel('Label smoothing').fill('0.1');
    await page.getByRole('checkbox', { name: 'Average the weights over the steps (EMA)' }).click();
    await page.getByText('2 changed').waitFor();
    await page.getByText('Normalisation and augmentation').click();
    await page.getByRole('checkbox', { name: 'Erase a random rectangle' }).click();
    await page.getByLabel('Part of the picture (2)').fill('0.2');
    await page.getByText('Optimiser', { exact: true }).click();
    await page.getByRole('combobox', { name: 'Optimiser' }).click();
    await page.getByRole('option', { name: 'SGD' }).click();
    await page.getByRole('checkbox', { name: 'Nesterov momentum' }).click();
    expect(await barriers(page)).toEqual([]);
  });

  it('has tags, notes and a priority beside it', async () => {
    await page.getByText('Tags, notes and priority').click();
    await page.getByLabel('Tags').fill('ablation, sgd');
    await page.getByLabel('Priority').fill('200');
    await page.getByText('One value must be corrected first').waitFor();
    await page.getByLabel('Priority').fill('20');
  });

  it('is launched as it stands there', async () => {
    const command = await page.locator('pre').innerText();
    const { quick } = presets;
    run = await launched();
    expect(run.spec).toEqual({
      ...quick,
      model: { ...quick.model, weights: 'none' },
      data: { ...quick.data, augmentation: { ...quick.data.augmentation, erasing: { probability: 0.5, scale: [0.02, 0.2], ratio: [0.3, 3.3] } } },
      schedule: { ...quick.schedule, epochs: 11, freezeEpochs: 4, unfreezeLearningRate: 2e-5 },
      optimizer: { type: 'sgd', learningRate: 0.01, headLearningRateFactor: 1, stageLearningRateDecay: 1, clipNorm: null, weightDecay: 0, momentum: 0.9, nesterov: true },
      loss: { labelSmoothing: 0.1 },
      ema: { decay: 0.999 },
    });
    expect([run.tags, run.priority]).toEqual([['ablation', 'sgd'], 20]);
    // The call to copy makes the same.
    const body = JSON.parse(/-d '(.*)' \\\n/s.exec(command)?.[1] ?? '') as object;
    const answer = await page.request.post(`${dashboard}/api/v1/runs`, { data: body, headers: { origin: dashboard } });
    expect(((await answer.json()) as Run).spec).toEqual(run.spec);
  });

  it('is launched again as a copy', async () => {
    await page.getByRole('link', { name: 'Clone' }).click();
    await page.getByText(`Begins as a copy of ${run.name}`).waitFor();
    await page.getByText(`/v1/runs/${run.id}/clone`).waitFor();
    const copy = await launched();
    expect(copy.id).not.toBe(run.id);
    expect([copy.spec, copy.dataset, copy.name, copy.tags, copy.priority]).toEqual([run.spec, run.dataset, run.name, run.tags, run.priority]);
  });

  it('leaves a finger that scrolls alone, and follows one on a handle', async () => {
    const phone = await visit(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, storageState: await ada.context.storageState() });
    await phone.page.goto(`${dashboard}/runs/new`);
    const devtools = await phone.context.newCDPSession(phone.page);
    const swipe = async (from: { x: number; y: number }, dx: number, dy: number): Promise<void> => {
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [from] });
      for (let part = 1; part <= 8; part++) await devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: from.x + (dx * part) / 8, y: from.y + (dy * part) / 8 }] });
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    const scrolled = () => phone.page.evaluate<number>('scrollY');
    const rate = handle('Rate at the start', phone.page);
    await rate.scrollIntoViewIfNeeded();
    const before = await scrolled();
    const at = await middle(rate);
    await swipe(at, 0, 40);
    await expect.poll(async () => Number(await phone.page.getByLabel('Learning rate', { exact: true }).inputValue()), { timeout: 10_000 }).toBeLessThan(1e-3);
    expect(await scrolled()).toBe(before);
    const text = await rate.getAttribute('aria-valuetext');
    await swipe({ x: at.x + 120, y: at.y }, 0, -120);
    await expect.poll(scrolled, { timeout: 10_000 }).toBeGreaterThan(before + 50);
    expect([await rate.getAttribute('aria-valuetext'), await handle('The thaw', phone.page).getAttribute('aria-valuetext')]).toEqual([text, 'thaw after 2 epochs']);
    expect(await phone.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    expect(phone.complaints).toEqual([]);
    await phone.context.close();
  });

  it('makes the browser complain of nothing', () => {
    expect(ada.complaints).toEqual([]);
  });
});
