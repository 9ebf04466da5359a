import type { Metrics } from '@thaw/contract/runs';
import { decodeMetric } from '@thaw/contract/numbers';
import { formatLoss } from './formatNumbers.ts';

type Iterations = Metrics['iterations'];

const rows = 8;
const widest = 72;

/**
 * The training loss of every step as a small picture of braille dots, four high and two wide in a character; the step of the thaw
 * is a dotted line. Where several steps share a column it shows their mean.
 * @returns lines shorter than `columns`
 */
export function lossCurve(iterations: Iterations, columns: number): string[] {
  const points = iterations.map(({ step, loss }) => ({ step, loss: decodeMetric(loss) }));
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const lastStep = points.at(-1)?.step;
  if (lastStep === undefined || finite.length === 0) return ['There is no loss to draw.', ...notFinite(points)];

  // No mean has a longer label than the extremes.
  const labelWidth = Math.max(...range(finite.map(({ loss }) => loss)).map((value) => formatLoss(value, 2).length));
  const width = Math.max(10, Math.min(widest, columns - labelWidth - 3));
  const column = (step: number): number => Math.floor(((step - 1) / lastStep) * 2 * width);
  const means = meansByColumn(finite, column);
  const [low, high] = range(means.map(([, loss]) => loss));
  const labels = [high, (high + low) / 2, low].map((value) => formatLoss(value, 2));
  const margin = Math.max(...labels.map((label) => label.length));
  const height = (loss: number): number => Math.round(((high - loss) / (high - low)) * (4 * rows - 1));

  const dots = Array.from({ length: rows }, () => new Uint8Array(width));
  drawLine(dots, means.map(([x, loss]) => [x, height(loss)]));
  const thaw = iterations.find(({ phase }, i) => phase === 'full' && iterations[i - 1]?.phase === 'frozen');
  const thawCell = thaw === undefined ? null : Math.floor(column(thaw.step) / 2);

  const picture = dots.map((row, y) => {
    const label = y === 0 ? labels[0] : y === rows - 1 ? labels[2] : y === rows / 2 ? labels[1] : undefined;
    const cells = Array.from(row, (bits, x) => (bits !== 0 ? String.fromCharCode(0x2800 + bits) : x === thawCell ? '┊' : ' '));
    return `${(label ?? '').padStart(margin)} ${label === undefined ? '│' : '┤'}${cells.join('')}`.trimEnd();
  });
  const axis = `${' '.repeat(margin)} └${Array.from({ length: width }, (_, x) => (x === thawCell ? '┴' : '─')).join('')}`;
  const mark = thaw === undefined ? '' : `thaw: step ${thaw.step}`;
  return [...picture, axis, footer(margin + 2, width, mark, thawCell, `step ${lastStep}`), ...notFinite(points)];
}

/** A diverged loss cannot be drawn; it is told. */
function notFinite(points: readonly { step: number; loss: number }[]): string[] {
  const first = points.find(({ loss }) => !Number.isFinite(loss));
  return first === undefined ? [] : [`The loss of step ${first.step} was ${first.loss}.`];
}

/** Below the axis: the first step, the thaw under its line or as near as there is room, the last step at the end. */
function footer(indent: number, width: number, mark: string, thawCell: number | null, last: string): string {
  const room = width - last.length;
  const start = Math.max(2, Math.min(thawCell ?? 0, room - 1 - mark.length));
  return ' '.repeat(indent) + ('1'.padEnd(start) + mark).padEnd(room) + last;
}

/** Lowest and highest, a little apart even where all are the same. */
function range(losses: readonly number[]): [number, number] {
  // Not Math.min(...losses): a long run has more steps than a call may have arguments.
  const [low, high] = losses.reduce<[number, number]>(([least, most], loss) => [Math.min(least, loss), Math.max(most, loss)], [Infinity, -Infinity]);
  return high - low < 1e-6 ? [low, low + 1] : [low, high];
}

function meansByColumn(points: readonly { step: number; loss: number }[], column: (step: number) => number): [number, number][] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { step, loss } of points) {
    const x = column(step);
    const { sum, count } = sums.get(x) ?? { sum: 0, count: 0 };
    sums.set(x, { sum: sum + loss, count: count + 1 });
  }
  return [...sums].map(([x, { sum, count }]) => [x, sum / count]);
}

/** Bit of a braille character for the dot at (x, y) in it. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Joins the points with straight lines. */
function drawLine(dots: readonly Uint8Array[], points: readonly (readonly [x: number, y: number])[]): void {
  const set = (x: number, y: number): void => {
    const row = dots[y >> 2];
    if (row !== undefined) row[x >> 1] = (row[x >> 1] ?? 0) | (dotBits[y & 3]?.[x & 1] ?? 0);
  };
  points.forEach(([x, y], i) => {
    const [fromX, fromY] = points[i - 1] ?? [x, y];
    const length = Math.max(Math.abs(x - fromX), Math.abs(y - fromY), 1);
    for (let k = 0; k <= length; k++) set(Math.round(fromX + ((x - fromX) * k) / length), Math.round(fromY + ((y - fromY) * k) / length));
  });
}
