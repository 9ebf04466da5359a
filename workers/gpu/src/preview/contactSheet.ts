import type { RenderedImage } from './renderAugmentation.ts';

/** RGB bytes [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

const gap = 4;
/** Cells are at least about so wide: small pictures are shown larger, by whole pixels. */
const smallest = 96;

/** A row for each image: the original, a wider gap, and its draws. On white. */
export function contactSheet(images: readonly RenderedImage[], side: number): Picture {
  const scale = Math.max(1, Math.round(smallest / side));
  const cell = side * scale;
  const columns = Math.max(...images.map(({ draws }) => draws.length));
  const left = (column: number): number => gap + column * (cell + gap) + (column > 0 ? 2 * gap : 0);
  const [width, height] = [left(columns + 1), gap + images.length * (cell + gap)];
  const pixels = new Uint8Array(width * height * 3).fill(255);
  images.forEach(({ original, draws }, row) =>
    [original, ...draws].forEach((picture, column) => {
      for (let y = 0; y < cell; y++)
        for (let x = 0; x < cell; x++) {
          const from = (Math.floor(y / scale) * side + Math.floor(x / scale)) * 3;
          pixels.set(picture.subarray(from, from + 3), ((gap + row * (cell + gap) + y) * width + left(column) + x) * 3);
        }
    }),
  );
  return { width, height, pixels };
}
