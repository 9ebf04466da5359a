import type { Augmentation } from '@thaw/contract/runSpec';
import type { Feeds, InputType } from '../engine/program.ts';
import { purposes, Rng } from './random.ts';

/** Rows top..bottom and columns left..right of a picture, the ends not included; empty where nothing is taken out. */
export interface Rectangle {
  top: number;
  bottom: number;
  left: number;
  right: number;
}
const nothing: Rectangle = { top: 0, bottom: 0, left: 0, right: 0 };

export const needsErasing = (spec: Augmentation | null): boolean => spec !== null && (spec.erasing !== null || spec.cutout !== null);
const rectangles = 2;

/** The rectangles of one image: random erasing's and cutout's. `image` is its index in the data set. */
export function rectanglesFor({ erasing, cutout }: Augmentation, seed: number, epoch: number, image: number, size: number): [Rectangle, Rectangle] {
  const rng = new Rng(seed, purposes.erase, epoch, image);
  return [erasing !== null && rng.uniform() < erasing.probability ? erasedRectangle(erasing, rng, size) : nothing, cutout === null ? nothing : cutSquare(cutout.size, rng, size)];
}

/** torchvision's RandomErasing.get_params: area and aspect are drawn anew, ten times at most, until the rectangle fits. */
function erasedRectangle({ scale, ratio }: NonNullable<Augmentation['erasing']>, rng: Rng, size: number): Rectangle {
  const between = (low: number, high: number): number => low + (high - low) * rng.uniform();
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = size * size * between(...scale);
    const aspect = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])));
    const [height, width] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (height >= size || width >= size) continue;
    const [top, left] = [rng.below(size - height + 1), rng.below(size - width + 1)];
    return { top, bottom: top + height, left, right: left + width };
  }
  return nothing;
}

/** The square's centre may lie anywhere, so that its parts outside of the picture are lost. */
function cutSquare(side: number, rng: Rng, size: number): Rectangle {
  const [top, left] = [rng.below(size) - (side >> 1), rng.below(size) - (side >> 1)];
  return { top: Math.max(0, top), bottom: Math.min(size, top + side), left: Math.max(0, left), right: Math.min(size, left + side) };
}

export const erasingInputs = (spec: Augmentation | null, batch: number): Record<string, InputType> =>
  needsErasing(spec) ? { rectangles: { dtype: 'int32', shape: [rectangles, batch, 4] } } : {};

/** Values for `erasingInputs` of a batch. */
export function erasingFeeds(spec: Augmentation | null, seed: number, epoch: number, images: Int32Array, size: number): Feeds {
  if (spec === null || !needsErasing(spec)) return {};
  const values = new Int32Array(rectangles * images.length * 4);
  images.forEach((image, row) =>
    rectanglesFor(spec, seed, epoch, image, size).forEach(({ top, bottom, left, right }, kind) => values.set([top, bottom, left, right], (kind * images.length + row) * 4)),
  );
  return { rectangles: values };
}
