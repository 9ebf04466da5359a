import { encodePng } from '@thaw/formats/png';

/** Pixels of a picture of noise in one colour (0 to 128 each), which tells its class; another seed, another picture. uint8 [height,width,3] */
export function noisyPixels(color: readonly [number, number, number], seed: number, { width, height }: { width: number; height: number }): Uint8Array {
  let state = seed + 1;
  const noise = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 24;
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => (color[at % 3] ?? 0) + (noise() & 127));
}

/** The same as a PNG. */
export function noisyPicture(color: readonly [number, number, number], seed: number, size = { width: 40, height: 32 }): Buffer {
  return encodePng({ ...size, pixels: noisyPixels(color, seed, size) });
}
