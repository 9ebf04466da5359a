import type { Browser, BrowserContext, Page } from 'playwright-core';
import { median } from '../peer.ts';

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** A page as a browser with an empty cache loads it. */
export interface PageLoad {
  /** Bytes of JavaScript as they come over the wire, compressed: all that is loaded until the page has come to rest. */
  scriptBytes: number;
  /** Milliseconds to the largest contentful paint, and what that was. */
  largestPaint: number;
  largestElement: string;
  /** Cumulative layout shift: 0 where nothing has moved. */
  layoutShift: number;
}

interface Visit {
  browser: Browser;
  url: string;
  /** Who is signed in; without it nobody is. */
  session?: StorageState | undefined;
  /** How many times slower than this machine's the processor is. */
  slowDown?: number;
}

/** Milliseconds without a request after which a page is at rest, but for its event stream. */
const rest = 1000;

// The latest candidates of both, as the browser reports them.
const observers = `
  window.figures = { largestPaint: 0, largestElement: '', layoutShift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.figures.largestPaint = entry.renderTime || entry.startTime;
      window.figures.largestElement = entry.element ? entry.element.tagName.toLowerCase() + ' “' + (entry.element.innerText || '').slice(0, 40) + '”' : '';
    }
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.figures.layoutShift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

export async function loadPage({ browser, url, session, slowDown = 1 }: Visit): Promise<PageLoad> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...(session !== undefined && { storageState: session }) });
  try {
    const page = await context.newPage();
    const { bytes, atRest } = await watchScripts(page);
    const protocol = await context.newCDPSession(page);
    await protocol.send('Emulation.setCPUThrottlingRate', { rate: slowDown });
    await page.addInitScript(observers);
    await page.goto(url);
    await atRest();
    return { scriptBytes: bytes(), ...(await page.evaluate<Omit<PageLoad, 'scriptBytes'>>('window.figures')) };
  } finally {
    await context.close();
  }
}

/** Several loads of a page: the median of each figure, what moved at worst. */
export async function loadRepeatedly(visit: Visit, times: number): Promise<PageLoad> {
  const loads: PageLoad[] = [];
  for (let i = 0; i < times; i++) loads.push(await loadPage(visit));
  const [first] = loads;
  if (first === undefined) throw new Error('a page must be loaded once at least');
  return {
    scriptBytes: first.scriptBytes,
    largestElement: first.largestElement,
    largestPaint: median(loads.map(({ largestPaint }) => largestPaint)),
    layoutShift: Math.max(...loads.map(({ layoutShift }) => layoutShift)),
  };
}

/** Counts what scripts weigh on the wire, and tells when nothing more is asked for. */
async function watchScripts(page: Page): Promise<{ bytes: () => number; atRest: () => Promise<void> }> {
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Network.enable');
  const scripts = new Set<string>();
  let [total, last] = [0, performance.now()];
  protocol.on('Network.requestWillBeSent', () => (last = performance.now()));
  protocol.on('Network.responseReceived', ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)));
  protocol.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    last = performance.now();
    if (scripts.has(requestId)) total += encodedDataLength;
  });
  const atRest = async (): Promise<void> => {
    while (performance.now() - last < rest) await page.waitForTimeout(100);
  };
  return { bytes: () => total, atRest };
}
