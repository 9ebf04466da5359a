import type { Page } from 'playwright-core';

export interface Scrolling {
  runs: number;
  /** Milliseconds from one frame to the next while all is scrolled through: within which 95 of 100 came, and the longest. */
  frame: { p95: number; longest: number };
  frames: number;
  /** Milliseconds that the main thread has worked for a frame, on average. */
  work: number;
  /** Questions that the API was asked meanwhile. */
  requests: number;
}

/** Pixels a frame. */
const speed = 800;

/** Scrolls through all runs as quickly as a wheel does, to the last one. */
export async function scrollThroughRuns(page: Page, dashboard: string, runs: number): Promise<Scrolling> {
  await page.goto(`${dashboard}/runs`);
  await page.getByRole('row').nth(2).waitFor();
  await page.waitForTimeout(1000);
  let requests = 0;
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async (): Promise<number> => (await protocol.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
  const before = await worked();
  page.on('request', (request) => void (request.url().includes('/api/v1/') && requests++));
  const gaps = await page.evaluate<number[]>(`new Promise((resolve) => {
    const box = [...document.querySelectorAll('[role=rowgroup]')].at(-1);
    const gaps = [];
    let [last, still] = [performance.now(), 0];
    const frame = (now) => {
      gaps.push(now - last);
      last = now;
      const before = box.scrollTop;
      box.scrollTop += ${speed};
      // At the end of what is there: more comes, or it was the last.
      still = box.scrollTop === before ? still + 1 : 0;
      if (still > 120) resolve(gaps.slice(1, -120));
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`);
  const seen = await page.evaluate<number>(`Number([...document.querySelectorAll('[role=row]')].at(-1).getAttribute('aria-rowindex')) - 1`);
  if (seen < runs) throw new Error(`only ${seen} of ${runs} runs were scrolled through`);
  const sorted = gaps.toSorted((a, b) => a - b);
  return { runs: seen, frame: { p95: sorted[Math.floor(sorted.length * 0.95)] ?? NaN, longest: sorted.at(-1) ?? NaN }, frames: gaps.length, work: (1000 * ((await worked()) - before)) / gaps.length, requests };
}
