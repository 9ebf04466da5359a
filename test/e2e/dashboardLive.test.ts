import { runQueue } from '@thaw/api/dispatch/runQueue';
import { createLog } from '@thaw/api/log';
import type { TrainerEvent } from '@thaw/contract/events';
import type { MetricsAnswer } from '@thaw/contract/metricsQuery';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import type { CDPSession, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { claim, epochEnd, epochOf, iteration, smallRun, started, until, type Attempt } from '../integration/apiHarness.ts';
import { visit } from './browser.ts';
import { chartTable } from './chartTable.ts';
import { dashboardTests, withoutWorkers } from './dashboardWorld.ts';

dashboardTests('a run in the dashboard', withoutWorkers, (world) => {
  let run: Run;
  let first: Attempt;

  const create = async (body: object): Promise<Run> => {
    const { dashboard, ada } = world;
    const answer = await ada.page.request.post(`${dashboard}/api/v1/runs`, { data: body, headers: { origin: dashboard } });
    expect(answer.status()).toBe(201);
    return (await answer.json()) as Run;
  };
  const claimed = async ({ id }: Run): Promise<Attempt> => {
    const attempt = await claim(world.api, id);
    if (attempt === null) throw new Error('no run to claim');
    return attempt;
  };
  /** The next attempt at a run, whose worker has fallen silent. */
  const takenOver = async (one: Run): Promise<Attempt> => {
    const queue = runQueue({ db: world.api.db, log: createLog('test', 'silent'), settings: { quota: noLimits } });
    await until('the lease expires', async () => (await queue.expireLeases()) === 1, 5);
    return claimed(one);
  };
  const steps = (page: Page, step: number, of: number) => page.getByText(`step ${step.toLocaleString('en')} of ${of.toLocaleString('en')}`).waitFor({ timeout: 15_000 });
  /** The curves of a page are those of the API, point by point. */
  const expectRight = async (page: Page, { id }: Run): Promise<void> => {
    const { iterations, epochs } = (await (await page.request.get(`${world.dashboard}/api/v1/runs/${id}/metrics`)).json()) as MetricsAnswer;
    const losses = (await chartTable(page, 'Loss by iteration')).map(([step, loss]) => [step, loss]);
    expect(losses).toEqual(iterations.map(({ step, loss }) => [step, typeof loss === 'number' ? loss : null]));
    expect((await chartTable(page, 'Accuracy by epoch')).map(([epoch]) => epoch)).toEqual(epochs.map(({ epoch }) => epoch));
  };

  it('waits, begins, and shows what comes, also a loss that is no number', async () => {
    const { page } = world.ada;
    run = await create({ ...smallRun, name: 'by hand' });
    await page.goto(`${world.dashboard}/runs/${run.id}`);
    await page.getByText('This run waits').waitFor();
    first = await claimed(run);
    await first.events(0, [started(), epochEnd(0), ...epochOf(1), iteration(4), iteration(5, 'NaN')]);
    await steps(page, 5, 9);
    await page.getByText('One loss was infinite or not a number').waitFor();
    await first.checkpoint(1, 3);
  });

  it('shows what comes while the connection is broken, once it is there again', async () => {
    const { page, context } = world.ada;
    await context.setOffline(true);
    await first.events(1, [iteration(6), epochEnd(2)]);
    await page.waitForTimeout(1000);
    await context.setOffline(false);
    await steps(page, 6, 9);
    await expectRight(page, run);
  });

  it('takes back what another attempt voids, in two tabs', async () => {
    const { page, context } = world.ada;
    const second = await context.newPage();
    await second.goto(`${world.dashboard}/runs/${run.id}`);
    await steps(second, 6, 9);
    const again = await takenOver(run);
    await again.events(0, [started(3)]);
    for (const one of [page, second]) await steps(one, 3, 9);
    expect(await page.getByText('infinite or not a number').count()).toBe(0);
    await again.events(1, [...epochOf(2), ...epochOf(3)]);
    for (const one of [page, second]) await steps(one, 9, 9);
    await again.finish('failed', { code: 'diverged' });
    for (const one of [page, second]) {
      await one.getByText('Lower the learning rate and launch again').waitFor();
      await expectRight(one, run);
    }
    await second.close();
  });

  it('resumes by a press, and cancels by two', async () => {
    const { page } = world.ada;
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Queued', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
  });

  it('gives its connection back while it is hidden, and is right at once when it is shown, whatever became of the run', async () => {
    // A tab whose clock can be turned on.
    const other = await visit(world.browser, { storageState: await world.ada.context.storageState() });
    const { page } = other;
    await page.clock.install();
    const followed = await create({ ...smallRun, name: 'hidden' });
    const connections = { open: 0, begun: 0 };
    const follows = (url: string): boolean => url.endsWith('/events');
    page.on('request', (request) => follows(request.url()) && (connections.open++, connections.begun++));
    page.on('requestfailed', (request) => follows(request.url()) && connections.open--);
    page.on('requestfinished', (request) => follows(request.url()) && connections.open--);
    const show = (state: 'hidden' | 'visible') =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' }); document.dispatchEvent(new Event('visibilitychange'))`);

    await page.goto(`${world.dashboard}/runs/${followed.id}`);
    const attempt = await claimed(followed);
    await attempt.events(0, [started(), epochEnd(0), ...epochOf(1)]);
    await attempt.checkpoint(1, 3);
    await attempt.events(1, [iteration(4), iteration(5)]);
    await steps(page, 5, 9);
    expect(connections.open).toBe(1);

    // Looked away for a moment only: nothing happens.
    await show('hidden');
    await page.clock.fastForward(5000);
    await show('visible');
    expect(connections).toEqual({ open: 1, begun: 1 });

    await show('hidden');
    await page.clock.fastForward(21_000);
    await expect.poll(() => connections.open).toBe(0);
    const again = await takenOver(followed);
    await again.events(0, [started(3), iteration(4, 'NaN')]);
    await page.clock.fastForward(60_000);
    await page.getByText('step 5 of 9').waitFor();
    expect(connections).toEqual({ open: 0, begun: 1 });

    await show('visible');
    await steps(page, 4, 9);
    expect(connections).toEqual({ open: 1, begun: 2 });
    await expectRight(page, followed);
    await again.events(1, [iteration(5), iteration(6), epochEnd(2)]);
    await steps(page, 6, 9);
    await again.finish('failed', { code: 'diverged' });
    await page.getByText('Lower the learning rate and launch again').waitFor();
    await expectRight(page, followed);
    expect(other.complaints).toEqual([]);
    await other.context.close();
  });

  it('is right after the machine has slept, in two tabs', async () => {
    const { page, context } = world.ada;
    const slept = await create({ ...smallRun, name: 'slept' });
    const second = await context.newPage();
    for (const one of [page, second]) await one.goto(`${world.dashboard}/runs/${slept.id}`);
    const attempt = await claimed(slept);
    await attempt.events(0, [started(), epochEnd(0), ...epochOf(1), iteration(4)]);
    await attempt.checkpoint(1, 3);
    for (const one of [page, second]) await steps(one, 4, 9);

    // Asleep: no script goes on, and no connection lives.
    const tabs = await Promise.all([page, second].map((one) => context.newCDPSession(one)));
    for (const tab of tabs) await halt(tab);
    await context.setOffline(true);
    await attempt.events(1, [iteration(5, 'NaN'), iteration(6), epochEnd(2)]);
    const again = await takenOver(slept);
    await again.events(0, [started(3), ...epochOf(2)]);
    await context.setOffline(false);
    for (const tab of tabs) await tab.send('Debugger.disable');

    for (const one of [page, second]) {
      await steps(one, 6, 9);
      await expectRight(one, slept);
      expect(await one.getByText('infinite or not a number').count()).toBe(0);
    }
    await again.finish('failed', { code: 'diverged' });
    await second.close();
  });

  it('draws a hundred thousand points while they come, and soon', async () => {
    const { page } = world.ada;
    const points = 100_000;
    const long = await create({ ...smallRun, name: 'long', data: { monitor: 'test', batchSize: 2 }, schedule: { epochs: 1000 } });
    await page.goto(`${world.dashboard}/runs/${long.id}`);
    const worker = await claimed(long);
    const [begin] = [{ ...started(), stepsPerEpoch: 100, epochs: 1000 } as TrainerEvent];
    await worker.events(0, [begin]);
    for (let from = 0; from < points; from += 2000) {
      const batch = Array.from({ length: 2000 }, (_, i): TrainerEvent => ({ ...(iteration(from + i + 1) as TrainerEvent & { type: 'iteration' }), epoch: Math.ceil((from + i + 1) / 100), loss: 2 / (1 + (from + i) / 5000) + Math.random() }));
      expect((await worker.events(1 + from / 2000, batch)).status).toBe(204);
      await worker.heartbeat();
    }
    await steps(page, points, points);
    await page.waitForTimeout(1000);
    await page.evaluate('performance.clearMeasures()');
    const slider = page.getByRole('slider', { name: 'Smoothing' });
    for (let i = 0; i < 10; i++) await slider.press('ArrowLeft');
    await page.waitForTimeout(500);
    const milliseconds = await page.evaluate<number[]>(`performance.getEntriesByName('thaw:draw', 'measure').map(({ duration }) => duration).sort((a, b) => a - b)`);
    console.log(`drawing ${points} points: median ${milliseconds[milliseconds.length >> 1]?.toFixed(1)} ms, most ${milliseconds.at(-1)?.toFixed(1)} ms, ${milliseconds.length} times`);
    expect(milliseconds.length).toBeGreaterThanOrEqual(10);
    // Of the machine at its worst; what it takes on a quiet one is in the README.
    expect(milliseconds[milliseconds.length >> 1]).toBeLessThan(100);
  });

  it('makes the browser complain of nothing', () => {
    expect(world.ada.complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });
});

/** Stops a tab's scripts where they are, as sleep does. */
async function halt(tab: CDPSession): Promise<void> {
  await tab.send('Debugger.enable');
  const paused = new Promise((resolve) => tab.once('Debugger.paused', resolve));
  await tab.send('Debugger.pause');
  await paused;
}
