import { inflateSync } from 'node:zlib';

/** Inputs by formula, and arrays out of the JSON files in vectors/; vectors/make_vectors.py has the same. */

/** Image `number`: uint8 [size, size, 3], with smooth and busy parts, grey, black and white. */
export function picture(size: number, number: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++)
        pixels[(y * size + x) * 3 + c] = (x * (5 + c) + y * (3 + 2 * c) + ((x * y * (number + 1)) % 37) + 90 * c + 50 * number) % 256;
  pixels.set([0, 0, 0, 255, 255, 255, 128, 128, 128]);
  return pixels;
}

/** Several of them, one after the other. */
export function pictures(size: number, count: number): Uint8Array {
  const batch = new Uint8Array(count * size * size * 3);
  for (let number = 0; number < count; number++) batch.set(picture(size, number), number * size * size * 3);
  return batch;
}

/** Values between -1 and 1: element k is sin(1.7 k + phase). */
export const wave = (length: number, phase: number): Float32Array => Float32Array.from({ length }, (_, k) => Math.sin(1.7 * k + phase));

export function floats(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new Float32Array(bytes.buffer);
}

export const deflatedBytes = (base64: string): Uint8Array => inflateSync(Buffer.from(base64, 'base64'));

/** The largest difference of two arrays of one length; NaN where either has one. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, actual[i] === expected[i] ? 0 : Math.abs((actual[i] as number) - (expected[i] as number)));
  return largest;
}
