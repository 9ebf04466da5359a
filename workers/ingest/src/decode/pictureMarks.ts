import { createHash } from 'node:crypto';

/** What a stored picture is recognised by. */
export interface PictureMarks {
  /** Of the pixels as they are stored, hex. */
  sha256: string;
  /** Perceptual hash: 16 hex digits. Nearly equal pictures differ in few bits. */
  phash: string;
  /** Mean colours of a grid of 4 x 4 fields, RGB: 48 bytes. Tells pictures apart that have the same structure. */
  colors: Uint8Array;
}

const grid = 32;
const kept = 8;
const fields = 4;

/** cosines[k][n] of the DCT-II over 32 points, for the lowest 8 frequencies. */
const cosines = Array.from({ length: kept }, (_, k) => Float64Array.from({ length: grid }, (__, n) => Math.cos((Math.PI / grid) * (n + 0.5) * k)));

/** @param pixels u8 [side, side, 3], side 32 or more */
export function markPicture(pixels: Uint8Array, side: number): PictureMarks {
  return { sha256: createHash('sha256').update(pixels).digest('hex'), phash: perceptualHash(greyGrid(pixels, side)), colors: meanColors(pixels, side) };
}

/** Luminance as means over a grid of 32 x 32 fields; a pixel belongs to the field in which its first corner lies. */
function greyGrid(pixels: Uint8Array, side: number): Float64Array {
  const sums = new Float64Array(grid * grid);
  const counts = new Uint32Array(grid * grid);
  const fieldOf = Uint32Array.from({ length: side }, (_, at) => Math.floor((at * grid) / side));
  for (let y = 0, at = 0; y < side; y++) {
    const row = (fieldOf[y] as number) * grid;
    for (let x = 0; x < side; x++, at += 3) {
      const field = row + (fieldOf[x] as number);
      sums[field] = (sums[field] as number) + 299 * (pixels[at] as number) + 587 * (pixels[at + 1] as number) + 114 * (pixels[at + 2] as number);
      counts[field] = (counts[field] as number) + 1;
    }
  }
  return sums.map((sum, field) => sum / (1000 * (counts[field] as number)));
}

/** Signs of the lowest 8 x 8 frequencies of a DCT against their median (the usual pHash; the mean itself takes no part). */
function perceptualHash(grey: Float64Array): string {
  const rows = new Float64Array(grid * kept);
  for (let y = 0; y < grid; y++)
    for (let k = 0; k < kept; k++) {
      const cosine = cosines[k] as Float64Array;
      let sum = 0;
      for (let x = 0; x < grid; x++) sum += (grey[y * grid + x] as number) * (cosine[x] as number);
      rows[y * kept + k] = sum;
    }
  const low = new Float64Array(kept * kept);
  for (let j = 0; j < kept; j++) {
    const cosine = cosines[j] as Float64Array;
    for (let k = 0; k < kept; k++) {
      let sum = 0;
      for (let y = 0; y < grid; y++) sum += (rows[y * kept + k] as number) * (cosine[y] as number);
      low[j * kept + k] = sum;
    }
  }
  const sorted = low.slice(1).sort();
  const median = sorted[(sorted.length - 1) / 2] as number;
  const halves = [0, 0];
  for (let index = 1; index < low.length; index++)
    if ((low[index] as number) > median) halves[index >> 5] = (halves[index >> 5] as number) | (1 << (31 - (index & 31)));
  return halves.map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

function meanColors(pixels: Uint8Array, side: number): Uint8Array {
  const sums = new Float64Array(fields * fields * 3);
  const counts = new Uint32Array(fields * fields);
  for (let y = 0, at = 0; y < side; y++) {
    const row = Math.floor((y * fields) / side) * fields;
    for (let x = 0; x < side; x++, at += 3) {
      const field = row + Math.floor((x * fields) / side);
      counts[field] = (counts[field] as number) + 1;
      for (let channel = 0; channel < 3; channel++) sums[field * 3 + channel] = (sums[field * 3 + channel] as number) + (pixels[at + channel] as number);
    }
  }
  return Uint8Array.from(sums, (sum, index) => Math.round(sum / (counts[Math.floor(index / 3)] as number)));
}
