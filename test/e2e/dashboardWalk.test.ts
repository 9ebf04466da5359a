import type { Dataset } from '@thaw/contract/datasets';
import type { Evaluation } from '@thaw/contract/evaluation';
import type { MetricsAnswer } from '@thaw/contract/metricsQuery';
import type { Prediction } from '@thaw/contract/predict';
import type { RunComparison } from '@thaw/contract/runComparison';
import type { RunWithCompanions } from '@thaw/contract/runs';
import { readOnnxMetadata } from '@thaw/formats/onnxMetadata';
import { InferenceSession, Tensor } from '@thaw/gpu-worker/export/onnxRuntime';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { writeFormulaWeights } from '../../workers/gpu/test/formulaWeights.ts';
import { zipFile } from '../../workers/ingest/test/fixtures/zipFile.ts';
import { barriers } from './accessibility.ts';
import { signUp, visit, type Visitor } from './browser.ts';
import { chartTable } from './chartTable.ts';
import { dashboardTests, wholeStack } from './dashboardWorld.ts';
import { noisyPicture, noisyPixels } from './noisyPicture.ts';

/** Colours of three classes, in the order of their names. */
const colors = { moss: [20, 120, 20], poppy: [120, 20, 20], 天空: [20, 60, 120] } as const;
const classes = Object.keys(colors) as (keyof typeof colors)[];
const perClass = 24;
const side = 32;
const size = { width: side, height: side };

const withWeights = wholeStack((folder) => {
  const weights = path.join(folder, 'weights.safetensors');
  writeFormulaWeights(weights);
  return { THAW_RESNET18_WEIGHTS: weights };
});
const percent = (value: number): string => new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
/** Of the figures under their names. */
const figure = (part: Page | Locator, name: string): Locator => part.locator(`div:has(> dt:text-is("${name}")) > dd`);

/** All that a person does, from the first visit to signing out, on the whole product. */
dashboardTests('a walk through the dashboard', withWeights, (world) => {
  let grace: Visitor;
  let page: Page;
  let dashboard: string;
  /** Paths. */
  const at = { dataset: '', run: '', compare: '' };
  let run: RunWithCompanions;

  const ask = async <T>(apiPath: string): Promise<T> => {
    const answer = await page.request.get(`${dashboard}/api/v1${apiPath}`);
    expect([apiPath, answer.status()]).toEqual([apiPath, 200]);
    return (await answer.json()) as T;
  };
  const openTab = (name: string | RegExp) => page.getByRole('tab', { name }).click();

  beforeAll(async () => {
    ({ dashboard } = world);
    grace = await visit(world.browser);
    ({ page } = grace);
  });

  it('lets nobody in without a session, whatever headers they send', async () => {
    const trick = { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware', 'x-path': '/runs' };
    for (const headers of [{}, trick]) {
      const answer = await fetch(`${dashboard}/runs`, { redirect: 'manual', headers });
      expect([answer.status, answer.headers.get('location')]).toEqual([307, '/sign-in?next=%2Fruns']);
      const api = await fetch(`${dashboard}/api/v1/runs`, { headers });
      expect([api.status, api.headers.get('content-type')]).toEqual([401, expect.stringContaining('application/problem+json')]);
    }
    const { headers } = await fetch(`${dashboard}/sign-in`);
    expect(headers.get('content-security-policy')).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic'.*;.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('signs a person up, who finds nothing yet', async () => {
    await page.goto(dashboard);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.waitForURL('**/sign-up*');
    await signUp(grace, dashboard, 'grace');
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
  });

  it('takes a zip of her pictures, and shows the report of it', async () => {
    const pictures = classes.flatMap((name, of) => Array.from({ length: perClass }, (_, n) => ({ name: `${name}/${n}.png`, content: noisyPicture(colors[name], 1000 * of + n, size) })));
    await page.getByRole('link', { name: 'Data sets' }).click();
    await page.getByRole('link', { name: 'Upload pictures' }).first().click();
    await page.getByTestId('archive').setInputFiles({ name: 'meadow.zip', mimeType: 'application/zip', buffer: zipFile([...pictures, { name: 'poppy/broken.png', content: 'no picture' }]) });
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText(`3 classes · ${3 * perClass} images`).waitFor({ timeout: 60_000 });
    at.dataset = new URL(page.url()).pathname;
    await openTab(/^Report/);
    await page.getByRole('heading', { name: 'Files left out' }).waitFor();
    await page.getByRole('heading', { name: 'Test part drawn' }).waitFor();
    await openTab('Classes');
    const dataset = await ask<Dataset>(at.dataset);
    expect(dataset.classes).toEqual(classes.map((name) => ({ name, count: perClass })));
    for (const { name, count } of dataset.classes) await page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) }).getByText(String(count), { exact: true }).waitFor();
  });

  it('writes a recipe for them, which is corrected as she types, and launches it beside its baseline', async () => {
    await page.getByRole('link', { name: 'Train on this' }).first().click();
    await page.getByRole('radio', { name: /^quick/ }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('1001');
    await page.getByText('One value must be corrected first').waitFor();
    expect(await page.getByRole('button', { name: 'Launch' }).isDisabled()).toBe(true);
    await page.getByLabel('Epochs', { exact: true }).fill('4');
    await page.getByLabel('Frozen epochs').fill('1');
    await page.getByLabel('Training images').fill('');
    await page.getByLabel('Batch size').fill('8');
    await page.getByLabel('Name').fill('a meadow');
    await page.getByText('The same from random weights').click();
    await page.getByText('"batchSize": 8').waitFor();
    await page.getByRole('button', { name: 'Show it on real images' }).click();
    await page.getByRole('img', { name: /^Augmented training images of the classes .*天空/ }).waitFor({ timeout: 60_000 });
    // The images as they are, and in some epochs.
    await expect.poll(() => page.evaluate(`document.querySelector('img[alt^="Augmented"]').naturalWidth > document.querySelector('img[alt^="Augmented"]').naturalHeight`)).toBe(true);
    await page.getByRole('button', { name: 'Launch' }).click();
    await page.waitForURL(/\/runs\/run_[0-9a-f]+$/);
    at.run = new URL(page.url()).pathname;
  });

  it('shows it learning without a reload, and in the end what the API has', async () => {
    await page.evaluate('window.stillTheSame = true');
    await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('a meadow · Thaw');
    await page.getByText(/^step [1-9]\d* of 28$/).waitFor({ timeout: 60_000 });
    await page.getByText('step 28 of 28').waitFor({ timeout: 60_000 });
    await page.getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 });
    for (const chart of ['Loss by iteration', 'Accuracy by epoch', 'Loss by epoch', 'Learning rate']) await page.getByRole('img', { name: chart }).locator('canvas').waitFor();
    expect(await page.evaluate('window.stillTheSame')).toBe(true);

    run = await ask<RunWithCompanions>(at.run);
    const { iterations, epochs } = await ask<MetricsAnswer>(`${at.run}/metrics`);
    expect([iterations.length, epochs.length]).toEqual([28, 5]);
    expect((await chartTable(page, 'Loss by iteration')).map(([step, loss]) => [step, loss])).toEqual(iterations.map(({ step, loss }) => [step, loss]));
    expect((await chartTable(page, 'Learning rate')).map(([, rate]) => rate)).toEqual(iterations.map(({ learningRate }) => learningRate));
    expect((await chartTable(page, 'Accuracy by epoch')).map(([epoch]) => epoch)).toEqual([0, 1, 2, 3, 4]);
    const reached = run.result?.bestTest?.accuracy ?? NaN;
    expect(await figure(page, 'Test accuracy').innerText()).toBe(percent(reached));
    // Three colours are not hard.
    expect(reached).toBeGreaterThan(epochs[0]?.testAccuracy ?? NaN);
    await page.getByText('Epoch 0 is the pretrained network before any fine-tuning').waitFor();
  });

  it('shows the same pictures before any training and after each epoch', async () => {
    const { panel } = await ask<Evaluation>(`${at.run}/evaluation`);
    expect(panel.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    const right = (place: number): string => {
      const { images = [] } = panel[place] ?? {};
      return `${images.filter(({ label, probabilities }) => Math.max(...probabilities.map(Number)) === Number(probabilities[label])).length} of ${images.length} right`;
    };
    await openTab('Pictures');
    await page.getByText('After epoch 4').waitFor();
    await page.getByText(right(4)).waitFor();
    await page.getByRole('img', { name: 'A picture of the class 天空' }).first().waitFor();
    await expect.poll(() => page.evaluate(`document.querySelector('main li img').naturalWidth`)).toBe(side);
    const slider = page.getByRole('slider', { name: 'Epoch' });
    await slider.press('Home');
    await page.getByText('Before fine-tuning', { exact: true }).waitFor();
    await page.getByText(right(0)).waitFor();
    await slider.press('ArrowRight');
    await page.getByText('After epoch 1').waitFor();
    await page.getByText(right(1)).waitFor();
  });

  it('tells how good it is, and what happened', async () => {
    const { top1, evaluated } = await ask<Evaluation>(`${at.run}/evaluation`);
    await openTab('Evaluation');
    await page.getByRole('heading', { name: 'Confusion matrix' }).waitFor();
    await page.getByText(`The model after epoch ${evaluated.epoch}, on ${evaluated.images} images`).waitFor();
    expect(await figure(page.getByRole('tabpanel'), 'Accuracy').innerText()).toBe(percent(top1));
    await openTab('Log');
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('succeeded');
    await expect.poll(() => page.getByRole('listitem').filter({ hasText: 'Succeeded after' }).count()).toBe(1);
  });

  it('tells what the network says of a picture, before and after', async () => {
    const buffer = noisyPicture(colors.poppy, 7, { width: 90, height: 60 });
    await openTab('Try a picture');
    await page.getByTestId('picture').setInputFiles({ name: 'mine.png', mimeType: 'image/png', buffer });
    await page.getByRole('heading', { name: 'After fine-tuning (epoch' }).waitFor({ timeout: 60_000 });
    await page.getByText('90 × 60 pixels').waitFor();
    // Three classes each.
    await expect.poll(() => page.getByRole('tabpanel').getByRole('listitem').count(), { timeout: 30_000 }).toBe(6);
    const answer = await page.request.post(`${dashboard}/api/v1${at.run}/predict?epoch=best`, { data: buffer, headers: { 'content-type': 'image/png', origin: dashboard } });
    const { predictions } = (await answer.json()) as Prediction;
    expect((await page.getByRole('listitem').allInnerTexts()).slice(3).map((text) => text.split('\n')[0])).toEqual(predictions.map((one) => one.class));
    await page.getByTestId('picture').setInputFiles({ name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByText('The file is no image').waitFor();
    expect(await barriers(page)).toEqual([]);
    // The browser writes down that the server refused the last one.
    expect(grace.complaints.splice(0).filter((one) => !one.includes('/predict'))).toEqual([]);
  });

  it('hands out the model as ONNX, which works elsewhere', async () => {
    await openTab('Checkpoints');
    const best = page.getByRole('row').filter({ hasText: 'Best' });
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), best.getByRole('button', { name: 'ONNX' }).click()]);
    expect(download.suggestedFilename()).toMatch(/\.onnx$/);
    const bytes = readFileSync(await download.path());
    const { transform, ...meta } = JSON.parse(readOnnxMetadata(bytes)['thaw'] ?? '') as { classes: string[]; transform: { mean: number[]; std: number[]; imageSize: number } };
    expect([meta.classes, transform.imageSize]).toEqual([classes, side]);

    const seed = 4242;
    const pixels = noisyPixels(colors.poppy, seed, size);
    const planes = new Float32Array(pixels.length);
    pixels.forEach((value, i) => (planes[(i % 3) * side * side + Math.floor(i / 3)] = (value / 255 - (transform.mean[i % 3] ?? 0)) / (transform.std[i % 3] ?? 1)));
    const session = await InferenceSession.create(bytes);
    const { logits } = await session.run({ input: new Tensor('float32', planes, [1, 3, side, side]) });
    await session.release();
    const odds = [...(logits?.data as Float32Array)].map(Math.exp);
    const sum = odds.reduce((all, one) => all + one, 0);
    const data = noisyPicture(colors.poppy, seed, size);
    const answer = await page.request.post(`${dashboard}/api/v1${at.run}/predict?epoch=best`, { data, headers: { 'content-type': 'image/png', origin: dashboard } });
    const { predictions } = (await answer.json()) as Prediction;
    for (const { index, probability } of predictions) expect((odds[index] ?? NaN) / sum).toBeCloseTo(probability, 3);
  });

  it('saves its charts as files, and prints a report', async () => {
    await openTab('Curves');
    for (const [name, begin] of [['Picture (PNG)', '\x89PNG'], ['Vector graphic (SVG)', '<svg ']] as const) {
      await page.getByRole('button', { name: 'Save “Loss by epoch” as a file' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
      expect(readFileSync(await download.path()).toString('latin1').slice(0, begin.length)).toBe(begin);
    }
    await page.goto(`${dashboard}${at.run}/report`);
    for (const chart of ['Loss by iteration', 'Accuracy by epoch', 'Loss by epoch']) await page.getByRole('img', { name: chart }).waitFor();
    for (const name of classes) await page.getByRole('cell', { name }).waitFor();
    await page.getByRole('cell', { name: 'schedule.epochs' }).waitFor();
    expect(await figure(page, 'Test accuracy').innerText()).toBe(percent(run.result?.bestTest?.accuracy ?? NaN));
  });

  it('lays it beside its baseline, and highlights what differs', async () => {
    await page.goto(`${dashboard}${at.run}`);
    await openTab('Evaluation');
    await page.getByText(/^Pretraining brought/).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Compare the curves' }).click();
    await page.getByRole('heading', { name: 'Compare runs' }).waitFor();
    at.compare = page.url().replace(dashboard, '');
    const { runs, settings } = await ask<RunComparison>(at.compare.replace('/compare', '/comparison'));
    expect(runs.map(({ id, companionOf }) => [id, companionOf])).toEqual([[run.id, null], [expect.any(String), { run: run.id, kind: 'scratch' }]]);
    for (const { name, figures } of runs) await page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) }).filter({ hasText: percent(figures.test?.accuracy ?? NaN) }).waitFor();
    expect(settings.map(({ path: setting }) => setting)).toContain('model.weights');
    const cells = page.getByRole('row', { name: /^model\.weights/ }).getByRole('cell');
    expect(await cells.allInnerTexts()).toEqual(['imagenet1k_v1', 'none']);
    const grounds = `[...document.querySelectorAll('tr')].find((row) => row.innerText.startsWith('model.weights')).querySelectorAll('td span')`;
    const [own, other] = await page.evaluate<string[]>(`[...${grounds}].map((span) => getComputedStyle(span).backgroundColor)`);
    expect([own, other]).toEqual(['rgba(0, 0, 0, 0)', expect.not.stringContaining('rgba(0, 0, 0, 0)')]);
    const [, baseline] = runs;
    await page.getByRole('checkbox', { name: `Show ${baseline?.name} in the plot` }).click();
    const lines = (pressed: boolean) => page.getByRole('figure').getByRole('button', { pressed }).filter({ hasText: 'a meadow' });
    await lines(false).filter({ hasText: baseline?.name ?? '' }).waitFor();
    expect(await lines(true).count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
  });

  it('lists it, in Chinese too', async () => {
    await page.getByRole('link', { name: 'All runs' }).click();
    // The tables of the comparison have a row of it too.
    await page.waitForURL(/\/runs$/);
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'a meadow', exact: true }) });
    await row.getByText(percent(run.result?.bestTest?.accuracy ?? NaN), { exact: true }).waitFor();
    await page.getByRole('button', { name: /grace@example\.org/ }).click();
    await page.getByRole('menuitemradio', { name: '简体中文' }).click();
    await page.getByRole('heading', { name: '训练', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('没有匹配的训练').waitFor();
    await page.reload();
    await page.getByText('没有匹配的训练').waitFor();
  });

  it('shows nothing of it to another person', async () => {
    const eve = await visit(world.browser);
    await signUp(eve, dashboard, 'eve');
    await eve.page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    await eve.page.goto(`${dashboard}/datasets`);
    await eve.page.getByText('10 classes · 60,000 images').waitFor();
    expect(await eve.page.getByRole('link', { name: /meadow/ }).count()).toBe(0);
    for (const one of [at.run, `${at.run}/report`, at.dataset, `/runs/new?from=${run.id}`]) {
      expect([one, (await eve.page.goto(dashboard + one))?.status()]).toEqual([one, 404]);
      await eve.page.getByText('There is nothing here').waitFor();
    }
    await eve.page.goto(dashboard + at.compare);
    await eve.page.getByRole('main').getByRole('alert').or(eve.page.getByText('There is nothing here')).waitFor();
    expect(await eve.page.getByText('meadow').count()).toBe(0);
    const ofDataset = ['', '/versions/1', '/images', '/versions/1/images/test/0/full', '/versions/1/images/test/0/thumbnail'].map((rest) => at.dataset + rest);
    const ofRun = ['', '/metrics', '/logs', '/events', '/evaluation', '/comparison', '/checkpoints', '/checkpoints/best/onnx', '/curves/epochs.csv'].map((rest) => at.run + rest);
    for (const one of [...ofDataset, ...ofRun, at.compare.replace('/compare', '/comparison')]) {
      expect([one, (await eve.page.request.get(`${dashboard}/api/v1${one}`, { maxRedirects: 0 })).status()]).toEqual([one, 404]);
      expect([one, (await page.request.get(`${dashboard}/api/v1${one}`, { maxRedirects: 0 })).status()]).toEqual([one, expect.toBeOneOf([200, 204, 302, 307])]);
    }
    await eve.context.close();
  });

  it('signs out, and is shut then', async () => {
    await page.getByRole('button', { name: /grace@example\.org/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto(dashboard + at.run);
    expect(page.url()).toContain('/sign-in?next=');
    expect(grace.complaints).toEqual([]);
  });
});
