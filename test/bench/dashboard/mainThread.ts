import type { Browser, Page } from 'playwright-core';

/** An event of Chromium's trace format; times in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** Of the processor's time alone: what remains comparable on a busy machine. */
  tdur?: number;
}

/** One task of the main thread, in milliseconds: by the clock, and of the processor's time. */
export interface Task {
  clock: number;
  work: number;
}

const categories = ['toplevel', 'disabled-by-default-devtools.timeline', 'blink.user_timing'];

/**
 * Each task of the page's main thread in which a moment that the page has noted falls, while `work` is done: all that is
 * between two of the browser's own turns, scripts, style, layout and painting together.
 * @param noted name of a `performance.mark` or `performance.measure`
 */
export async function tasksWith({ browser, page, noted }: { browser: Browser; page: Page; noted: string }, work: () => Promise<void>): Promise<Task[]> {
  await browser.startTracing(page, { categories });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const moments = traceEvents.filter(({ name }) => name === noted);
  const threads = new Set(moments.map(({ pid, tid }) => `${pid} ${tid}`));
  return traceEvents
    .filter(({ name, pid, tid }) => name === 'RunTask' && threads.has(`${pid} ${tid}`))
    .filter(({ ts, dur = 0, pid, tid }) => moments.some((one) => one.pid === pid && one.tid === tid && one.ts >= ts && one.ts <= ts + dur))
    .map(({ dur = 0, tdur = dur }) => ({ clock: dur / 1000, work: tdur / 1000 }));
}
