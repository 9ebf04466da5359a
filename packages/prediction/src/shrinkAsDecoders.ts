import type { Pixels } from './pixels.ts';

/** What a picture was decoded from, as far as it makes a difference: the decoders of these two shrink by themselves. */
export type PictureKind = 'jpeg' | 'webp' | 'other';

/**
 * The server has JPEG and WebP shrunk while they are decoded, JPEG by 2, 4 or 8, WebP all the way. This does about the same to a picture
 * that was decoded whole: means of areas, within a level or two of what these decoders give.
 */
export function shrinkAsDecoders(pixels: Pixels, kind: PictureKind, side: number): Pixels {
  const reduction = Math.min(pixels.width, pixels.height) / side;
  if (kind === 'webp' && reduction > 1) {
    const [width, height] = [Math.round(pixels.width / reduction), Math.round(pixels.height / reduction)];
    return meansOfAreas(pixels, { width, height, across: pixels.width / width, down: pixels.height / height });
  }
  const by = kind === 'jpeg' ? jpegFactor(reduction) : 1;
  return by === 1 ? pixels : meansOfAreas(pixels, { width: Math.round(pixels.width / by), height: Math.round(pixels.height / by), across: by, down: by });
}

/** As sharp chooses it. */
function jpegFactor(reduction: number): number {
  const factor = [8, 4, 2].find((one) => reduction >= one) ?? 1;
  return factor > 1 && Math.trunc(reduction) === factor ? factor / 2 : factor;
}

interface Areas {
  width: number;
  height: number;
  /** Size of an area in pixels, whole or not. */
  across: number;
  down: number;
}

function meansOfAreas({ data, width: from, height: rows }: Pixels, { width, height, across, down }: Areas): Pixels {
  const columns = spans(width, across, from);
  const result = new Uint8Array(width * height * 3);
  const sums = new Float64Array(width * 3);
  spans(height, down, rows).forEach((lines, y) => {
    sums.fill(0);
    for (const { at: row, share: high } of lines)
      columns.forEach((parts, x) => {
        for (const { at, share } of parts) {
          const pixel = (row * from + at) * 3;
          for (let channel = 0; channel < 3; channel++) sums[3 * x + channel] = (sums[3 * x + channel] as number) + high * share * (data[pixel + channel] as number);
        }
      });
    for (let at = 0; at < sums.length; at++) result[y * sums.length + at] = Math.round((sums[at] as number) / (across * down));
  });
  return { data: result, width, height };
}

/** Which pixels of a line each area takes, and how much of each. */
function spans(count: number, size: number, length: number): { at: number; share: number }[][] {
  const tiny = 1e-9;
  return Array.from({ length: count }, (_, area) => {
    const [begin, end] = [area * size, (area + 1) * size];
    const parts = [];
    for (let at = Math.floor(begin + tiny); at < end - tiny; at++) parts.push({ at: Math.min(at, length - 1), share: Math.min(end, at + 1) - Math.max(begin, at) });
    return parts;
  });
}
