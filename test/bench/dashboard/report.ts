import type { Spent } from './longRun.ts';
import { measureDashboard, timesLoaded } from './measureDashboard.ts';

/** What the run page must keep to. */
const goals = { scriptBytes: 250_000, largestPaint: 1500, layoutShift: 0.1, redraw: 16 } as const;

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);
const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2);

/** Measures the dashboard and prints what came of it, beside the goals. */
export async function reportDashboard(): Promise<void> {
  const { loads, redraws, scrolling } = await measureDashboard();
  console.log(`\nThe dashboard as it is built, in Chromium, with 10,000 runs: a page loaded into an empty cache (median of ${timesLoaded})`);
  console.log(`${''.padEnd(12)}${['JavaScript, kB', 'largest paint, s', 'shift'].map((name) => name.padStart(20)).join('')}   what is largest`);
  for (const { page, slowDown, load } of loads) {
    const cells = [kilobytes(load.scriptBytes), seconds(load.largestPaint), load.layoutShift.toFixed(3)];
    console.log(`${`${page}${slowDown === 1 ? '' : `, ${slowDown}x`}`.padEnd(12)}${cells.map((cell) => cell.padStart(20)).join('')}   ${load.largestElement}`);
  }
  console.log(`goals: a run below ${kilobytes(goals.scriptBytes)} kB, and below ${seconds(goals.largestPaint)} s on a processor 4 times slower; shift below ${goals.layoutShift}`);

  const spent = ({ median, highest, work, times }: Spent): string => `${median.toFixed(1)}, at most ${highest.toFixed(1)} (${work.toFixed(1)}; ${times} times)`;
  console.log(`\nMilliseconds of the main thread for all of a frame in which ${redraws.points.toLocaleString('en')} points are drawn anew, median; in brackets: of the processor's time`);
  console.log(`points come      ${spent(redraws.arriving)}\nzoom             ${spent(redraws.zooming)}\nsmoothing        ${spent(redraws.smoothing)}`);
  console.log(`one chart        ${redraws.drawing.median.toFixed(1)}, at most ${redraws.drawing.highest.toFixed(1)} (${redraws.drawing.times} times)\ngoal: below ${goals.redraw}`);

  const { runs, frames, frame, work, requests } = scrolling;
  console.log(`\nScrolling through ${runs.toLocaleString('en')} runs, ${frames} frames: 95 of 100 come within ${frame.p95.toFixed(0)} ms, the longest takes ${frame.longest.toFixed(0)} ms; ${work.toFixed(1)} ms of work each; ${requests} questions to the API`);
}
