import type { EventOf, TrainerEvent } from '@thaw/contract/events';
import type { Run } from '@thaw/contract/runs';
import type { Browser, Page } from 'playwright-core';
import type { Visitor } from '../../e2e/browser.ts';
import { claim, epochEnd, iteration, smallRun, started, type Api, type Attempt } from '../../integration/apiHarness.ts';
import { median } from '../peer.ts';
import { tasksWith, type Task } from './mainThread.ts';

/** Milliseconds of the main thread, by the clock; `work`: of the processor's time, the median. */
export interface Spent {
  median: number;
  highest: number;
  work: number;
  times: number;
}

export interface Redraws {
  points: number;
  /** All of a frame in which something was drawn anew: as new points come, as one zooms, and as the smoothing is changed. */
  arriving: Spent;
  zooming: Spent;
  smoothing: Spent;
  /** Of that the drawing of one chart. */
  drawing: Omit<Spent, 'work'>;
}

const stepsPerEpoch = 1000;
const perBatch = 1000;
const redraws = 20;

interface LongRun {
  api: Api;
  browser: Browser;
  visitor: Visitor;
  dashboard: string;
  points: number;
}

/** Looks at a run while its points come, all of them, and measures what each redraw takes. */
export async function followLongRun({ api, browser, visitor: { page }, dashboard, points }: LongRun): Promise<{ run: string; redraws: Redraws }> {
  const epochs = points / stepsPerEpoch;
  const body = { ...smallRun, name: 'a long run', data: { monitor: 'test', batchSize: 2 }, schedule: { epochs: epochs + 1 } };
  const answer = await page.request.post(`${dashboard}/api/v1/runs`, { data: body, headers: { origin: dashboard } });
  if (answer.status() !== 201) throw new Error(`the run was not taken: ${answer.status()} ${await answer.text()}`);
  const { id } = (await answer.json()) as Run;
  await page.goto(`${dashboard}/runs/${id}`);
  const worker = await claim(api, id);
  if (worker === null) throw new Error('there is no run to claim');
  await send(worker, 0, [{ ...(started() as EventOf<'started'>), stepsPerEpoch, epochs: epochs + 1 }, { ...epochEnd(0), step: 0 } as TrainerEvent]);
  let seq = 1;
  for (let from = 0; from < points; from += perBatch) await send(worker, seq++, [...steps(from, perBatch), ...ends(from, perBatch)]);
  await page.getByText(`step ${points.toLocaleString('en')} of`).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1000);

  const measure = async (work: () => Promise<void>): Promise<Spent> => spent(await tasksWith({ browser, page, noted: 'thaw:draw' }, work));
  await page.evaluate('performance.clearMeasures()');
  const arriving = await measure(async () => {
    for (let i = 0; i < redraws; i++) {
      await send(worker, seq++, steps(points + i * 10, 10));
      await page.waitForTimeout(100);
    }
  });
  const slider = page.getByRole('slider', { name: 'Smoothing' });
  const smoothing = await measure(async () => {
    for (let i = 0; i < redraws; i++) {
      await slider.press(i % 2 === 0 ? 'ArrowRight' : 'ArrowLeft');
      await page.waitForTimeout(50);
    }
  });
  const zooming = await measure(() => zoomInAndOut(page, redraws / 2));
  const drawn = await page.evaluate<number[]>(`performance.getEntriesByName('thaw:draw', 'measure').map(({ duration }) => duration)`);
  const drawing = { median: median(drawn), highest: Math.max(...drawn), times: drawn.length };
  return { run: id, redraws: { points, arriving, zooming, smoothing, drawing } };
}

async function zoomInAndOut(page: Page, times: number): Promise<void> {
  const chart = await page.getByRole('img', { name: 'Loss by iteration' }).locator('.u-over').boundingBox();
  if (chart === null) throw new Error('there is no chart');
  const middle = chart.y + chart.height / 2;
  for (let i = 0; i < times; i++) {
    await page.mouse.move(chart.x + chart.width * 0.1, middle);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.9, middle, { steps: 3 });
    await page.mouse.up();
    await page.waitForTimeout(100);
    await page.getByRole('button', { name: 'Show all' }).first().click();
    await page.waitForTimeout(100);
  }
}

async function send(worker: Attempt, seq: number, events: TrainerEvent[]): Promise<void> {
  const { status } = await worker.events(seq, events);
  if (status !== 204) throw new Error(`a batch was refused with ${status}`);
}

/** A loss that falls, with the noise of small batches. */
const steps = (after: number, count: number): TrainerEvent[] =>
  Array.from({ length: count }, (_, i) => {
    const step = after + i + 1;
    return { ...(iteration(step) as EventOf<'iteration'>), epoch: Math.ceil(step / stepsPerEpoch), loss: 2 / (1 + step / 5000) + Math.random(), accuracy: Math.random() < 0.5 ? 1 : 0.5 };
  });

const ends = (after: number, count: number): TrainerEvent[] =>
  Array.from({ length: Math.floor((after + count) / stepsPerEpoch) - Math.floor(after / stepsPerEpoch) }, (_, i) => {
    const epoch = Math.floor(after / stepsPerEpoch) + i + 1;
    return { ...(epochEnd(epoch, 2 / (1 + epoch / 5)) as EventOf<'epoch'>), step: epoch * stepsPerEpoch, trainAccuracy: 1 - 0.8 / (1 + epoch / 10), testAccuracy: 1 - 0.8 / (1 + epoch / 8) };
  });

const spent = (tasks: readonly Task[]): Spent => ({
  median: median(tasks.map(({ clock }) => clock)),
  highest: Math.max(...tasks.map(({ clock }) => clock)),
  work: median(tasks.map(({ work }) => work)),
  times: tasks.length,
});
