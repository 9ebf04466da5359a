import type { RunStatus } from '@thaw/contract/runStatus';
import { formatAccuracy, formatClock, formatLoss, formatSpeed } from './formatNumbers.ts';
import type { RunProgress } from './runProgress.ts';

const widestBar = 40;
const narrowestBar = 10;

/** A bar of `width` characters, filled to `fraction`, in steps of an eighth of a character. */
export function drawBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return `${'█'.repeat(full)}${part}`.padEnd(width, '░');
}

/**
 * The last line of the terminal while a run goes on: the progress bar of the epoch under way, or what it waits for.
 * @param columns width of the terminal; the line is shorter than it
 * @param now milliseconds, of the clock that the progress was told
 */
export function liveLine(progress: RunProgress, columns: number, now: number): string {
  const { started, current, lastEpoch } = progress;
  // Two more for the ^C that a terminal writes after the line.
  const room = columns - 3;
  if (started === null) return waiting[progress.status].slice(0, room);
  if (current === null) {
    const words = lastEpoch === null ? 'evaluating before the first epoch' : lastEpoch.epoch === started.epochs ? 'keeping checkpoint and curves' : `starting epoch ${lastEpoch.epoch + 1}`;
    return words.slice(0, room);
  }
  const { stepsPerEpoch, epochs, images } = started;
  const fraction = current.steps / stepsPerEpoch;
  const name = `${current.epoch}/${epochs} ${current.phase}`;
  const loss = `loss ${formatLoss(current.loss)}`;
  const accuracy = current.accuracy === null ? null : `acc ${formatAccuracy(current.accuracy)}`;
  if (current.steps >= stepsPerEpoch) return fit(name, 1, room, [[loss, accuracy, 'evaluating']]);

  const speed = progress.stepsPerSecond();
  const last = current.samples.at(-1)?.at ?? now;
  const left = (steps: number): string => formatClock(steps / (speed ?? 1) - (now - last) / 1000);
  const epochLeft = speed === null ? null : `ETA ${left(stepsPerEpoch - current.steps)}`;
  // What a thawed step takes is not known before the thaw.
  const runSteps = epochs * stepsPerEpoch - ((current.epoch - 1) * stepsPerEpoch + current.steps);
  const runLeft = speed === null || current.phase !== 'full' || current.epoch === epochs ? null : `run ${left(runSteps)}`;
  const rate = speed === null ? null : (speed * images.train) / stepsPerEpoch;
  const images_s = rate === null ? null : `${formatSpeed(rate)} images/s`;
  const shortRate = rate === null ? null : `${formatSpeed(rate)}/s`;
  const percent = `${String(Math.floor(100 * fraction)).padStart(3)} %`;
  return fit(name, fraction, room, [
    [percent, loss, accuracy, images_s, epochLeft, runLeft],
    [percent, loss, accuracy, images_s, epochLeft],
    [loss, accuracy, shortRate, epochLeft],
    [formatLoss(current.loss, 2), accuracy?.slice(4) ?? null, shortRate, epochLeft],
    [formatLoss(current.loss, 2), epochLeft],
  ]);
}

const waiting: Readonly<Record<RunStatus, string>> = {
  queued: 'queued, waiting for a worker',
  launching: 'starting a worker',
  running: 'the worker fetches data and weights',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** The richest of the choices that leaves the bar a decent width. */
function fit(name: string, fraction: number, room: number, choices: readonly (readonly (string | null)[])[]): string {
  const rooms = [`epoch ${name}`, name].flatMap((title) => choices.map((parts) => ({ title, tail: parts.filter((part) => part !== null).join('  ') })));
  for (const { title, tail } of rooms.sort((a, b) => b.tail.length - a.tail.length)) {
    const width = room - title.length - tail.length - 3;
    if (width >= narrowestBar) return `${title} ${drawBar(fraction, Math.min(widestBar, width))}  ${tail}`;
  }
  return `${name}  ${rooms.at(-1)?.tail ?? ''}`.slice(0, room);
}
