import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { zipFile } from '../../workers/ingest/test/fixtures/zipFile.ts';
import { barriers } from './accessibility.ts';
import { signUp, visit } from './browser.ts';
import { dashboardTests, wholeStack } from './dashboardWorld.ts';
import { noisyPicture } from './noisyPicture.ts';

const mebibyte = 2 ** 20;

/** Of one of two classes. */
const picture = (red: number, seed: number): Buffer => noisyPicture([red, 60, 60], seed);

dashboardTests('data sets in the dashboard', wholeStack(), (world) => {
  let pets: string;

  it('takes a zip, over a broken connection, and shows what came of it', async () => {
    const { addresses, ada: { page } } = world;
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

    await page.route(`${addresses.s3.endpoint}/**`, (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('The connection is broken').waitFor();
    await page.unroute(`${addresses.s3.endpoint}/**`);
    await page.getByText('2 classes · 21 images').waitFor({ timeout: 60_000 });
    pets = page.url().replace(/\?.*/, '');
    // Whoever has watched the import is led to its report.
    await page.getByRole('heading', { name: 'Duplicates' }).waitFor();
    await page.getByRole('button', { name: 'Show the file' }).click();
    await page.getByRole('cell', { name: 'dog/broken.png' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  it('shows its pictures, by class and by what is the matter with them', async () => {
    const { page } = world.ada;
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
    const { page } = world.ada;
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
    const { addresses, dashboard, folder, ada: { page } } = world;
    const noise = Buffer.alloc(17 * mebibyte, 'not a picture, but large. ');
    const many = [0, 1, 2, 3].flatMap((n) => [{ name: `a/${n}.png`, content: picture(120, n) }, { name: `b/${n}.png`, content: picture(20, 50 + n) }]);
    const file = path.join(folder, 'large.zip');
    writeFileSync(file, zipFile([...many.map((one) => ({ ...one, method: 0 as const })), { name: 'notes.bin', content: noise, method: 0 }]));
    page.on('dialog', (dialog) => void dialog.accept());
    const parts: string[] = [];
    page.on('request', (request) => request.method() === 'PUT' && parts.push(new URL(request.url()).searchParams.get('partNumber') ?? ''));
    await page.route(`${addresses.s3.endpoint}/**`, (route) => (new URL(route.request().url()).searchParams.get('partNumber') === '1' ? route.continue() : route.abort('connectionreset')));
    await page.goto(`${dashboard}/datasets/new`);
    await page.getByTestId('archive').setInputFiles(file);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.waitForURL(/\/datasets\/dataset_/);
    await page.getByText(/^8\.39 MB of 17\.9 MB/).waitFor();
    await page.reload();
    await page.getByText('The upload of large.zip is not complete').waitFor();
    await page.unroute(`${addresses.s3.endpoint}/**`);
    parts.length = 0;
    await page.getByTestId('archive').setInputFiles({ name: 'large.zip', mimeType: 'application/zip', buffer: zipFile(many) });
    await page.getByText('This is another file').waitFor();
    await page.getByTestId('archive').setInputFiles(file);
    await page.getByText('2 classes · 8 images').waitFor({ timeout: 60_000 });
    expect([...new Set(parts)].sort()).toEqual(['2', '3']);
  });

  it('takes a folder that is dropped onto the page, without what an operating system leaves in it', async () => {
    const { dashboard, folder, ada: { page, context } } = world;
    const root = path.join(folder, 'fruit');
    for (const [name, red] of [['苹果', 120], ['pear', 20]] as const) {
      mkdirSync(path.join(root, name), { recursive: true });
      for (let n = 0; n < 6; n++) writeFileSync(path.join(root, name, `${n}.png`), picture(red, 200 + n));
    }
    writeFileSync(path.join(root, '.DS_Store'), 'junk');
    await page.goto(`${dashboard}/datasets`);
    await page.getByRole('link', { name: /^pets/ }).waitFor();
    const devtools = await context.newCDPSession(page);
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
    const { browser, dashboard } = world;
    const eve = await visit(browser);
    await signUp(eve, dashboard, 'eve');
    expect((await eve.page.goto(pets))?.status()).toBe(404);
    await eve.page.goto(`${dashboard}/datasets`);
    await eve.page.getByText('10 classes · 60,000 images').waitFor();
    expect(await eve.page.getByRole('link', { name: /pets/ }).count()).toBe(0);
    await eve.context.close();
  });

  it('deletes it, once one is sure', async () => {
    const { dashboard, ada: { page, complaints } } = world;
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
