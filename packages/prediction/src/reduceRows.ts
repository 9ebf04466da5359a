import { half, phaseOf, toByte, weightTable, within } from './fixedPoint.ts';
import type { Pixels } from './pixels.ts';

// The arithmetic is libvips' own for bytes (shrinkv and reducev, lanczos3), to the bit: a test compares with it.

/** Below a reduction by this the filter does all; above, means of whole rows go before. */
const gap = 2;

/** Fewer rows, by `reduction` >= 1, as many as that leaves, rounded. */
export function reduceRows(pixels: Pixels, reduction: number): Pixels {
  const height = Math.floor(pixels.height / reduction + 0.5);
  const whole = Math.max(1, Math.floor(pixels.height / height / gap));
  const rest = reduction / whole;
  const means = whole > 1 ? meansOfRows(pixels, whole) : pixels;
  if (rest === 1) return means;
  // Where rows are left over, as many are left out at the top as at the bottom.
  const offset = (1 + (height * reduction - pixels.height) / whole) / 2 - 1;
  return filterRows(means, height, rest, offset);
}

/** The last mean is filled up with copies of the last row. */
function meansOfRows({ data, width, height }: Pixels, by: number): Pixels {
  const line = width * 3;
  const rows = Math.ceil(height / by);
  const result = new Uint8Array(line * rows);
  const factor = Math.floor(2 ** 32 / (256 * by));
  const sums = new Float64Array(line);
  for (let y = 0; y < rows; y++) {
    sums.fill(by >> 1);
    for (let row = y * by; row < (y + 1) * by; row++) {
      const from = Math.min(height - 1, row) * line;
      for (let at = 0; at < line; at++) sums[at] = (sums[at] as number) + (data[from + at] as number);
    }
    for (let at = 0; at < line; at++) result[y * line + at] = ((sums[at] as number) * factor) / 2 ** 24;
  }
  return { data: result, width, height: rows };
}

function filterRows({ data, width, height }: Pixels, rows: number, reduction: number, offset: number): Pixels {
  const line = width * 3;
  const taps = 2 * Math.round(3 * reduction) + 1;
  const weights = weightTable((phase) => weightsOf(taps, reduction, phase));
  const above = Math.ceil(taps / 2) - 1;
  const result = new Uint8Array(line * rows);
  const sums = new Int32Array(line);
  let position = 0.5 * reduction - 0.5 - offset;
  for (let y = 0; y < rows; y++, position += reduction) {
    const mask = weights[phaseOf(position)] as Int32Array;
    const first = Math.trunc(position) - above;
    sums.fill(half);
    for (let tap = 0; tap < taps; tap++) {
      const [from, weight] = [within(first + tap, height - 1) * line, mask[tap] as number];
      for (let at = 0; at < line; at++) sums[at] = (sums[at] as number) + weight * (data[from + at] as number);
    }
    for (let at = 0; at < line; at++) result[y * line + at] = toByte(sums[at] as number);
  }
  return { data: result, width, height: rows };
}

function weightsOf(taps: number, reduction: number, phase: number): number[] {
  const middle = phase + taps / 2 - 1;
  const raw = Array.from({ length: taps }, (_, tap) => lanczos((tap - middle) / reduction));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

/** Of three lobes. */
function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const angle = Math.PI * x;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / (angle * angle);
}
