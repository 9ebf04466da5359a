/** How pixels become a network's input. */
export interface NetworkTransform {
  /** Side of the square that the network sees, in pixels. */
  imageSize: number;
  /** Of pixels in [0, 1], by channel (RGB). */
  mean: readonly number[];
  std: readonly number[];
}

/**
 * What the trainer makes of a stored picture where it evaluates: scaled to the network's size (bilinear at half-pixel centres; on the way
 * down a triangle filter as wide as the reduction), in [0, 1], normalised.
 * @param pixels u8 [side, side, 3]
 * @returns float32 [3, imageSize, imageSize]
 */
export function networkInput(pixels: Uint8Array, side: number, { imageSize, mean, std }: NetworkTransform): Float32Array {
  const scaled = imageSize === side ? pixels : scale(pixels, side, imageSize);
  const plane = imageSize * imageSize;
  const input = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const [middle, spread] = [mean[channel] as number, std[channel] as number];
    for (let at = 0; at < plane; at++) input[channel * plane + at] = ((scaled[3 * at + channel] as number) / 255 - middle) / spread;
  }
  return input;
}

/** Which pixels of a line make up a new one, and with what weights. */
interface Taps {
  first: number;
  weights: number[];
}

/** A triangle of radius 1, or as wide as the reduction: between two pixels that is bilinear interpolation. */
function tapsOf(from: number, to: number): Taps[] {
  const reduction = from / to;
  const radius = Math.max(reduction, 1);
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * reduction;
    const first = Math.max(0, Math.ceil(centre - radius - 0.5));
    const last = Math.min(from - 1, Math.floor(centre + radius - 0.5));
    const raw = Array.from({ length: last - first + 1 }, (__, tap) => Math.max(0, 1 - Math.abs(first + tap + 0.5 - centre) / radius));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}

/** [from, from, 3] to [to, to, 3]: rows first, then columns. */
function scale(pixels: Uint8Array, from: number, to: number): Float64Array {
  const taps = tapsOf(from, to);
  const rows = new Float64Array(to * from * 3);
  const result = new Float64Array(to * to * 3);
  const width = from * 3;
  taps.forEach(({ first, weights }, y) =>
    weights.forEach((weight, tap) => {
      for (let at = 0; at < width; at++) rows[y * width + at] = (rows[y * width + at] as number) + weight * (pixels[(first + tap) * width + at] as number);
    }),
  );
  for (let y = 0; y < to; y++)
    taps.forEach(({ first, weights }, x) =>
      weights.forEach((weight, tap) => {
        for (let channel = 0; channel < 3; channel++) {
          const at = (y * to + x) * 3 + channel;
          result[at] = (result[at] as number) + weight * (rows[y * width + (first + tap) * 3 + channel] as number);
        }
      }),
    );
  return result;
}
