import type { Run } from '@thaw/contract/runs';
import { expect, it } from 'vitest';
import { loadPage } from '../bench/dashboard/pageLoad.ts';
import { claim, epochEnd, iteration, smallRun, started } from '../integration/apiHarness.ts';
import { dashboardTests, withoutWorkers } from './dashboardWorld.ts';

// Kilobytes of JavaScript, compressed, until a page is at rest: what it weighs, and some room. What few people need is loaded when they do.
const budgets = {
  '/sign-in': 185,
  '/runs': 215,
  '/runs/new': 280,
  '/datasets': 240,
  '/compare': 240,
  '/workers': 195,
  '/usage': 185,
  '/account': 210,
} as const;
/** Of a run's page, whatever is done for it. */
const mostOfRun = 250;

dashboardTests('what a page of the dashboard weighs', withoutWorkers, (world) => {
  it.each(Object.entries(budgets))('%s: less than %d kB', async (path, most) => {
    const { browser, dashboard, ada } = world;
    const { scriptBytes, layoutShift } = await loadPage({ browser, url: dashboard + path, session: path === '/sign-in' ? undefined : await ada.context.storageState() });
    console.log(`${path}: ${(scriptBytes / 1000).toFixed(1)} kB`);
    expect(scriptBytes).toBeGreaterThan(100_000);
    expect(scriptBytes).toBeLessThan(most * 1000);
    expect(layoutShift).toBeLessThan(0.05);
  });

  it(`a run: less than ${mostOfRun} kB, and nothing moves when its curves come`, async () => {
    const { browser, dashboard, ada, api } = world;
    const answer = await ada.page.request.post(`${dashboard}/api/v1/runs`, { data: smallRun, headers: { origin: dashboard } });
    const { id } = (await answer.json()) as Run;
    const worker = await claim(api, id);
    const steps = [1, 2, 3].map((step) => Object.assign(iteration(step), { accuracy: step / 4 }));
    await worker?.events(0, [started(), epochEnd(0), ...steps, epochEnd(1)]);
    const { scriptBytes, layoutShift } = await loadPage({ browser, url: `${dashboard}/runs/${id}`, session: await ada.context.storageState() });
    console.log(`a run: ${(scriptBytes / 1000).toFixed(1)} kB`);
    expect(scriptBytes).toBeGreaterThan(100_000);
    expect(scriptBytes).toBeLessThan(mostOfRun * 1000);
    expect(layoutShift).toBeLessThan(0.05);
    // What is seen first comes with the page: nobody waits for a script to ask for it.
    const html = async (path: string): Promise<string> => (await ada.page.request.get(dashboard + path)).text();
    expect(await html('/runs')).toMatch(new RegExp(`<a [^>]*href="/runs/${id}"`));
    expect(await html(`/runs/${id}`)).toMatch(/<div role="img" aria-label="Accuracy by epoch"/);
  });
});
