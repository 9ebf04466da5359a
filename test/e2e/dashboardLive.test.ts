import { runQueue } from '@thaw/api/dispatch/runQueue';
import { createLog } from '@thaw/api/log';
import type { TrainerEvent } from '@thaw/contract/events';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import { startDashboard } from '@thaw/infra/stack/dashboardProcess';
import { freePorts } from '@thaw/infra/stack/freePorts';
import type { ServerProcess } from '@thaw/infra/stack/serverProcess';
import { readSetupPaths } from '@thaw/infra/stack/setupPaths';
import type { StateFolder } from '@thaw/infra/stack/stateFolder';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, claim, epochEnd, epochOf, iteration, smallRun, startApi, started, until, type Api, type Attempt } from '../integration/apiHarness.ts';
import { missingBrowser, openBrowser, signUp, visit, type Visitor } from './browser.ts';

const missing = missingBrowser();

/** A run whose trainer is played by the test, so that it can be said what a browser must show at each moment. */
describe.skipIf(missing !== null)(`a run in the dashboard${missing === null ? '' : `: ${missing}`}`, { timeout: 60_000 }, () => {
  let api: Api;
  let browser: Browser;
  let dashboard: string;
  let server: ServerProcess | undefined;
  let ada: Visitor;
  let run: Run;
  let first: Attempt;

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    dashboard = `http://localhost:${port}`;
    api = await startApi({ s3: anyStorage, env: { PUBLIC_URL: dashboard, LEASE_SECONDS: '1', REQUESTS_PER_MINUTE: '0' } });
    const { servers, url } = api;
    const file = readSetupPaths().dashboard ?? '';
    const state = { logs: servers.folder } as StateFolder;
    await startDashboard({ server: file, port, apiPort: Number(new URL(url).port), storage: servers.s3.endpoint, state, onStart: (process) => void (server = process) });
    browser = await openBrowser();
    ada = await visit(browser);
    await signUp(ada, dashboard, 'ada');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await api?.stop();
  });

  const create = async (page: Page, body: object): Promise<Run> => {
    const answer = await page.request.post(`${dashboard}/api/v1/runs`, { data: body, headers: { origin: dashboard } });
    expect(answer.status()).toBe(201);
    return (await answer.json()) as Run;
  };
  const claimed = async ({ id }: Run): Promise<Attempt> => {
    const attempt = await claim(api, id);
    if (attempt === null) throw new Error('no run to claim');
    return attempt;
  };
  const steps = (page: Page, step: number, of: number) => page.getByText(`step ${step.toLocaleString('en')} of ${of.toLocaleString('en')}`).waitFor({ timeout: 15_000 });

  it('waits, begins, and shows what comes, also a loss that is no number', async () => {
    run = await create(ada.page, { ...smallRun, name: 'by hand' });
    await ada.page.goto(`${dashboard}/runs/${run.id}`);
    await ada.page.getByText('This run waits').waitFor();
    first = await claimed(run);
    await first.events(0, [started(), epochEnd(0), ...epochOf(1), iteration(4), iteration(5, 'NaN')]);
    await steps(ada.page, 5, 9);
    await ada.page.getByText('One loss was infinite or not a number').waitFor();
    await first.checkpoint(1, 3);
  });

  it('shows what comes while the connection is broken, once it is there again', async () => {
    await ada.context.setOffline(true);
    await first.events(1, [iteration(6), epochEnd(2)]);
    await ada.page.waitForTimeout(1000);
    await ada.context.setOffline(false);
    await steps(ada.page, 6, 9);
  });

  it('takes back what another attempt voids, in two tabs', async () => {
    const second = await ada.context.newPage();
    await second.goto(`${dashboard}/runs/${run.id}`);
    await steps(second, 6, 9);
    const queue = runQueue({ db: api.db, log: createLog('test', 'silent'), settings: { quota: noLimits } });
    await until('the lease expires', async () => (await queue.expireLeases()) === 1, 5);
    const again = await claimed(run);
    await again.events(0, [started(3)]);
    for (const page of [ada.page, second]) await steps(page, 3, 9);
    expect(await ada.page.getByText('infinite or not a number').count()).toBe(0);
    await again.events(1, [...epochOf(2), ...epochOf(3)]);
    for (const page of [ada.page, second]) await steps(page, 9, 9);
    await again.finish('failed', { code: 'diverged' });
    for (const page of [ada.page, second]) await page.getByText('Lower the learning rate and launch again').waitFor();
    await second.close();
  });

  it('resumes by a press, and cancels by two', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Queued', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
  });

  it('draws a hundred thousand points while they come, and soon', async () => {
    const { page } = ada;
    const points = 100_000;
    const long = await create(page, { ...smallRun, name: 'long', data: { monitor: 'test', batchSize: 2 }, schedule: { epochs: 1000 } });
    await page.goto(`${dashboard}/runs/${long.id}`);
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
    for (let i = 0; i < 10; i++) await slider.press('ArrowRight');
    await page.waitForTimeout(500);
    const milliseconds = await page.evaluate<number[]>(`performance.getEntriesByName('thaw:draw', 'measure').map(({ duration }) => duration).sort((a, b) => a - b)`);
    console.log(`drawing ${points} points: median ${milliseconds[milliseconds.length >> 1]?.toFixed(1)} ms, most ${milliseconds.at(-1)?.toFixed(1)} ms, ${milliseconds.length} times`);
    expect(milliseconds.length).toBeGreaterThanOrEqual(10);
    // Of the machine at its worst; what it takes on a quiet one is in the README.
    expect(milliseconds[milliseconds.length >> 1]).toBeLessThan(100);
  });

  it('makes the browser complain of nothing', () => {
    expect(ada.complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });
});
