import { enlarge } from './enlarge.ts';
import { transpose, type Pixels } from './pixels.ts';
import { reduceRows } from './reduceRows.ts';
import { shrinkAsDecoders, type PictureKind } from './shrinkAsDecoders.ts';

/**
 * A picture as a data set stores it: the short side scaled to `side`, the middle cut out square. Does where there is no libvips what
 * decodeImage of packages/pictures does with it: the same bytes, but for JPEG and WebP, which it has its decoders shrink.
 * @returns u8 [side, side, 3]
 */
export function fitSquare(pixels: Pixels, side: number, kind: PictureKind = 'other'): Uint8Array {
  if (pixels.width === side && pixels.height === side) return pixels.data;
  const { data, width, height } = scale(shrinkAsDecoders(pixels, kind, side), side);
  const [left, top] = [Math.floor((width - side + 1) / 2), Math.floor((height - side + 1) / 2)];
  const square = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * 3;
    square.set(data.subarray(from, from + side * 3), y * side * 3);
  }
  return square;
}

function scale(pixels: Pixels, side: number): Pixels {
  const reduction = Math.min(pixels.width, pixels.height) / side;
  if (reduction < 1) return enlarge(pixels, 1 / reduction);
  return reduction === 1 ? pixels : transpose(reduceRows(transpose(reduceRows(pixels, reduction)), reduction));
}
