import { half, phaseOf, toByte, toWhole, weightTable, within } from './fixedPoint.ts';
import type { Pixels } from './pixels.ts';

// The arithmetic of libvips (affine, bicubic) for bytes, to the bit: a test compares with it.

/** More pixels, by `factor` > 1: Catmull-Rom between four pixels each way. */
export function enlarge({ data, width, height }: Pixels, factor: number): Pixels {
  const columns = tapsOf(Math.round(width * factor), width, factor);
  const rows = tapsOf(Math.round(height * factor), height, factor);
  const result = new Uint8Array(columns.length * rows.length * 3);
  let at = 0;
  for (const row of rows)
    for (const column of columns)
      for (let channel = 0; channel < 3; channel++) {
        let sum = half;
        for (let j = 0; j < 4; j++) {
          let across = half;
          for (let i = 0; i < 4; i++) across += (column.weights[i] as number) * (data[((row.from[j] as number) * width + (column.from[i] as number)) * 3 + channel] as number);
          sum += (row.weights[j] as number) * toWhole(across);
        }
        result[at++] = toByte(sum);
      }
  return { data: result, width: columns.length, height: rows.length };
}

interface Taps {
  /** Of four pixels; those beyond an edge are the edge's. */
  from: number[];
  weights: Int32Array;
}

function tapsOf(to: number, length: number, factor: number): Taps[] {
  const weights = weightTable(catmullRom);
  return Array.from({ length: to }, (_, at) => {
    // Half a pixel back, and one on, so that it is never below zero.
    const position = at / factor + 0.5;
    const first = Math.trunc(position) - 2;
    return { from: [0, 1, 2, 3].map((tap) => within(first + tap, length - 1)), weights: weights[phaseOf(position)] as Int32Array };
  });
}

function catmullRom(x: number): number[] {
  const rest = 1 - x;
  const curve = (-x / 2) * rest;
  const [first, last] = [curve * rest, curve * x];
  return [first, rest - 2 * first + last, x + first - 2 * last, last];
}
