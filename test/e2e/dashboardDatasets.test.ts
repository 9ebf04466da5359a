import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodePng } from '@thaw/formats/png';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zipFile } from '../../workers/ingest/test/fixtures/zipFile.ts';
import { temporaryFolder } from '../integration/servers.ts';
import { freePortRange, startStackProcess, type StackProcess } from '../integration/stackProcess.ts';
import { barriers } from './accessibility.ts';
import { missingBrowser, openBrowser, signUp, visit, type Visitor } from './browser.ts';

const missing = missingBrowser();
const mebibyte = 2 ** 20;

/** A picture of noise in a colour of its class; another seed, another picture. */
function picture(red: number, seed: number): Buffer {
  let state = seed + 1;
  const noise = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 24;
  return encodePng({ width: 40, height: 32, pixels: Uint8Array.from({ length: 40 * 32 * 3 }, (_, at) => (at % 3 === 0 ? red : 60) + (noise() & 127)) });
}

describe.skipIf(missing !== null)(`data sets in the dashboard${missing === null ? '' : `: ${missing}`}`, { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  let stack: StackProcess;
  let dashboard: string;
  let storage: string;
  let browser: Browser;
  let ada: Visitor;
  let pets: string;

  beforeAll(async () => {
    stack = startStackProcess(path.join(folder, 'state'), await freePortRange(), { THAW_DASHBOARD: readSetupPaths().dashboard ?? '' });
    browser = await openBrowser();
    const addresses = await stack.ready();
    dashboard = addresses.dashboard ?? '';
    storage = addresses.s3.endpoint;
    ada = await visit(browser);
    ada.page.on('dialog', (dialog) => void dialog.accept());
    await signUp(ada, dashboard, 'ada');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    stack?.kill('SIGTERM');
    await stack?.exit;
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes a zip, over a broken connection, and shows what came of it', async () => {
    const { page } = ada;
    const members = [
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [{ name: `猫/${n}.png`, content: picture(120, n) }, { name: `dog/${n}.png`, content: picture(20, 100 + n) }]),
      { name: '猫/again.png', content: picture(120, 1) },
      { name: 'dog/broken.png', content: 'no picture' },
    ];
    await page.getByRole('link', { name: 'Data sets' }).click();
    await page.getByText('10 classes · 60,000 images').waitFor();
    await page.getByRole('link', { name: 'Upload pictures' }).first().click();
    await page.getByTestId('archive').setInputFiles({ name: 'notes.zip', mimeType: 'application/zip', buffer: Buffer.from('Rar!\x1a\x07\x00') });
    await page.getByText('RAR archives are not supported').waitFor();
    await page.getByTestId('archive').setInputFiles({ name: 'pets.zip', mimeType: 'application/zip', buffer: zipFile(members) });
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('pets');
    expect(await barriers(page)).toEqual([]);

    await page.route(`${storage}/**`, (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('The connection is broken').waitFor();
    await page.unroute(`${storage}/**`);
    await page.getByText('2 classes · 21 images').waitFor({ timeout: 60_000 });
    pets = page.url().replace(/\?.*/, '');
    // Whoever has watched the import is led to its report.
    await page.getByRole('heading', { name: 'Duplicates' }).waitFor();
    await page.getByRole('button', { name: 'Show the file' }).click();
    await page.getByRole('cell', { name: 'dog/broken.png' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('shows its pictures, by class and by what is the matter with them', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Show these images' }).first().click();
    await page.getByText('2 images', { exact: true }).waitFor();
    await page.getByRole('img', { name: '猫: 猫/again.png' }).waitFor();
    await expect.poll(() => page.evaluate(`document.querySelector('main button img').naturalWidth`)).toBe(32);
    await page.getByRole('tab', { name: 'Classes' }).click();
    await page.getByRole('button', { name: 'dog', exact: true }).click();
    await page.getByText('10 images', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('10 images', { exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('makes new versions of it: by a remedy, and by what a person marks', async () => {
    const { page } = ada;
    await page.getByRole('tab', { name: /^Report/ }).click();
    await page.getByRole('button', { name: 'Drop duplicates' }).click();
    await page.getByText('2 classes · 20 images').waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'dog: dog/3.png' }).click();
    await page.getByRole('button', { name: 'Leave it out' }).click();
    await page.keyboard.press('Escape');
    await page.getByText('1 image to be left out').waitFor();
    await page.getByRole('button', { name: 'Make a new version' }).click();
    await page.getByText('2 classes · 19 images').waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByText('From version 2: 1 image left out').waitFor();
    await page.getByText('From version 1: Drop duplicates').waitFor();
    expect(await page.getByRole('link', { name: 'Train on this' }).getAttribute('href')).toBe(`/runs/new?dataset=${pets.split('/').at(-1)}`);
    expect(await barriers(page)).toEqual([]);
  });

  it('goes on after a reload with the file that is chosen again, and with no other', async () => {
    const { page } = ada;
    const noise = Buffer.alloc(17 * mebibyte, 'not a picture, but large. ');
    const many = [0, 1, 2, 3].flatMap((n) => [{ name: `a/${n}.png`, content: picture(120, n) }, { name: `b/${n}.png`, content: picture(20, 50 + n) }]);
    const file = path.join(folder, 'large.zip');
    writeFileSync(file, zipFile([...many.map((one) => ({ ...one, method: 0 as const })), { name: 'notes.bin', content: noise, method: 0 }]));
    const parts: string[] = [];
    page.on('request', (request) => request.method() === 'PUT' && parts.push(new URL(request.url()).searchParams.get('partNumber') ?? ''));
    await page.route(`${storage}/**`, (route) => (new URL(route.request().url()).searchParams.get('partNumber') === '1' ? route.continue() : route.abort('connectionreset')));
    await page.goto(`${dashboard}/datasets/new`);
    await page.getByTestId('archive').setInputFiles(file);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.waitForURL(/\/datasets\/dataset_/);
    await page.getByText(/^8\.39 MB of 17\.9 MB/).waitFor();
    await page.reload();
    await page.getByText('The upload of large.zip is not complete').waitFor();
    await page.unroute(`${storage}/**`);
    parts.length = 0;
    await page.getByTestId('archive').setInputFiles({ name: 'large.zip', mimeType: 'application/zip', buffer: zipFile(many) });
    await page.getByText('This is another file').waitFor();
    await page.getByTestId('archive').setInputFiles(file);
    await page.getByText('2 classes · 8 images').waitFor({ timeout: 60_000 });
    expect([...new Set(parts)].sort()).toEqual(['2', '3']);
  });

  it('takes a folder that is dropped onto the page, without what an operating system leaves in it', async () => {
    const { page } = ada;
    const root = path.join(folder, 'fruit');
    for (const [name, red] of [['苹果', 120], ['pear', 20]] as const) {
      mkdirSync(path.join(root, name), { recursive: true });
      for (let n = 0; n < 6; n++) writeFileSync(path.join(root, name, `${n}.png`), picture(red, 200 + n));
    }
    writeFileSync(path.join(root, '.DS_Store'), 'junk');
    await page.goto(`${dashboard}/datasets`);
    await page.getByRole('link', { name: /^pets/ }).waitFor();
    const devtools = await ada.context.newCDPSession(page);
    const data = { items: [], files: [root], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await devtools.send('Input.dispatchDragEvent', { type, x: 640, y: 400, data });
    await page.getByText('12 files, packed on the way').waitFor();
    await page.getByText('1 hidden file left out').waitFor();
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('2 classes · 12 images').waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Classes' }).click();
    await page.getByRole('button', { name: '苹果' }).waitFor();
  });

  it('shows nothing of it to another person', async () => {
    const eve = await visit(browser);
    await signUp(eve, dashboard, 'eve');
    expect((await eve.page.goto(pets))?.status()).toBe(404);
    await eve.page.goto(`${dashboard}/datasets`);
    await eve.page.getByText('10 classes · 60,000 images').waitFor();
    expect(await eve.page.getByRole('link', { name: /pets/ }).count()).toBe(0);
    await eve.context.close();
  });

  it('deletes it, once one is sure', async () => {
    const { page, complaints } = ada;
    await page.goto(pets);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL(`${dashboard}/datasets`);
    await expect.poll(() => page.getByRole('link', { name: /^pets/ }).count()).toBe(0);
    // What was broken on purpose is all that the browser complains about.
    expect(complaints.filter((one) => !one.includes('ERR_CONNECTION_RESET'))).toEqual([]);
  });
});
