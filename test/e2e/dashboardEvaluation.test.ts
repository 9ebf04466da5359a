import type { Evaluation } from '@thaw/contract/evaluation';
import type { Run } from '@thaw/contract/runs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { smallEvaluation } from '../../workers/gpu/test/fixtures/smallEvaluation.ts';
import { predictionsFile } from '../../workers/gpu/test/fixtures/smallPredictions.ts';
import { claim, epochEnd, epochOf, smallRun, started } from '../integration/apiHarness.ts';
import { barriers } from './accessibility.ts';
import { dashboardTests, withoutWorkers } from './dashboardWorld.ts';

const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const [cat, dog] = [3, 5];

/** Of 100 images: 0 to 29 are dogs taken for cats, the later the surer; of the others seven of each class are told right. */
const predictions = Array.from({ length: 100 }, (_, index) =>
  index < 30
    ? { index, label: dog, predicted: cat, probability: (50 + index) / 100, labelProbability: (50 - index) / 100 }
    : { index, label: index % 10, predicted: index % 10, probability: 0.9, labelProbability: 0.9 },
);
const confusion = names.map((_, actual) => names.map((_name, predicted) => predictions.filter((one) => one.label === actual && one.predicted === predicted).length));
const evaluation: Evaluation = {
  ...smallEvaluation,
  evaluated: { ...smallEvaluation.evaluated, images: 100 },
  confusion,
  classes: names.map((name) => ({ name, support: name === 'dog' ? 37 : 7, predicted: name === 'cat' ? 37 : 7, precision: 0.5, recall: 0.5, f1: name === 'dog' ? 0.3 : 0.5 })),
  mistakes: [{ index: 29, label: dog, predicted: cat, probability: 0.79, labelProbability: 0.21 }],
};

dashboardTests('the evaluation of a run in the dashboard', withoutWorkers, (world) => {
  let run: Run;

  it('opens a cell of the confusion matrix by keys, and shows its pictures, the surest first, page by page', async () => {
    const { api, dashboard, ada } = world;
    const { page } = ada;
    run = (await (await page.request.post(`${dashboard}/api/v1/runs`, { data: { ...smallRun, name: 'evaluated' }, headers: { origin: dashboard } })).json()) as Run;
    const attempt = await claim(api, run.id);
    if (attempt === null) throw new Error('no run to claim');
    await attempt.events(0, [started(), epochEnd(0), ...epochOf(1)]);
    const file = async (kind: string, name: string, content: Buffer<ArrayBuffer>) => ({ name, key: await attempt.upload({ kind, name }, content), bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    const told = await file('evaluation', 'evaluation.json', Buffer.from(JSON.stringify(evaluation)));
    await attempt.finish('succeeded', { evaluation: { ...told, predictions: await file('predictions', 'predictions.safetensors', predictionsFile(10, predictions)) } });

    await page.goto(`${dashboard}/runs/${run.id}`);
    await page.getByRole('tab', { name: 'Evaluation' }).click();
    const matrix = page.getByRole('grid', { name: 'Confusion matrix' });
    await matrix.getByRole('gridcell', { name: 'airplane told right: 7 images, 100.0% of the row' }).focus();
    for (let down = 0; down < dog; down++) await page.keyboard.press('ArrowDown');
    for (let right = 0; right < cat; right++) await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('dog taken for cat: 30 images, 81.1% of the row');
    // One cell is on the way of Tab: the one where one was.
    expect(await matrix.locator('[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Enter');

    const dialog = page.getByRole('dialog', { name: 'dog, taken for cat' });
    await dialog.getByText('30 pictures, 81.1% of the 37 of dog').waitFor();
    const pictures = dialog.getByRole('listitem');
    await dialog.getByRole('img', { name: 'dog, picture 29' }).waitFor();
    expect(await pictures.count()).toBe(24);
    expect(await pictures.first().innerText()).toMatch(/79\.0% cat\s+21\.0% dog/);
    // Small pictures, out of the pack of the data set.
    await expect.poll(() => page.evaluate(`document.querySelector('[role=dialog] li img').naturalWidth`)).toBe(32);
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Show more' }).click();
    await dialog.getByRole('img', { name: 'dog, picture 0', exact: true }).waitFor();
    expect(await pictures.count()).toBe(30);

    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.ariaLabel')).toContain('dog taken for cat');
    expect(await barriers(page)).toEqual([]);
  });

  it('leads from a class to what it was taken for, and on to the pictures', async () => {
    const { page } = world.ada;
    await page.getByRole('cell', { name: 'dog', exact: true }).getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('7 of 37 images were told right').waitFor();
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: /^cat 30 images/ }).click();
    await dialog.getByRole('heading', { name: 'dog, taken for cat' }).waitFor();
    await dialog.getByRole('button', { name: 'All of dog' }).click();
    await dialog.getByRole('button', { name: 'See those that were told right' }).click();
    await dialog.getByRole('heading', { name: 'dog, told right' }).waitFor();
    await expect.poll(() => dialog.getByRole('img').count()).toBe(7);
    await page.keyboard.press('Escape');
  });

  it('opens a cell by a click, and none that is empty', async () => {
    const { page } = world.ada;
    await page.getByRole('gridcell', { name: 'cat taken for dog: 0 images' }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('gridcell', { name: 'ship told right' }).click();
    await page.getByRole('dialog', { name: 'ship, told right' }).getByRole('img', { name: 'ship, picture 38' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('saves matrix and calibration as files', async () => {
    const { page } = world.ada;
    for (const [title, name, begin] of [
      ['Confusion matrix', 'Values (CSV)', '\ufeffClass / Taken for,airplane,automobile,bird,cat,'],
      ['Confusion matrix', 'Picture (PNG)', '\x89PNG'],
      ['Calibration', 'Vector graphic (SVG)', '<svg '],
    ] as const) {
      await page.getByRole('button', { name: `Save “${title}” as a file` }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name }).click()]);
      const content = readFileSync(await download.path());
      expect(content.toString(name.includes('PNG') ? 'latin1' : 'utf8').slice(0, begin.length)).toBe(begin);
    }
  });

  it('says of a run of before that its cells cannot be opened', async () => {
    const { page, complaints } = world.ada;
    await world.api.sql`update run set evaluation = (evaluation::jsonb - 'predictions')::json where id = ${run.id}`;
    await page.reload();
    await page.getByRole('tab', { name: 'Evaluation' }).click();
    await page.getByText('The pictures of a cell cannot be shown').waitFor();
    await page.getByRole('gridcell', { name: 'dog taken for cat' }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
