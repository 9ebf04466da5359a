import type { Augmentation } from '@thaw/contract/runSpec';
import type { Feeds, InputType } from '../engine/program.ts';
import { purposes, Rng } from './random.ts';

/**
 * The random part of the augmentation: which crop, flip, colours and angle each image of a batch gets, as torchvision's
 * transforms draw them. It is drawn here, from (seed, epoch, image), and fed; the graph that applies it has no randomness.
 */

/** Slots for the hue shift: before the first, second and third blend, and after the last. */
export const hueSlots = 4;
/** Brightness, contrast and saturation, in an order of their own for each image. */
export const blendRounds = 3;

/** What an image meets. */
export interface Draw {
  /** Offset of the crop in the padded image, 0 to 2 * padding; the padding itself is the middle (no shift). */
  cropX: number;
  cropY: number;
  flip: boolean;
  /** Degrees, counter-clockwise. */
  angle: number;
  /** Order of the four colour operations. */
  order: ('brightness' | 'contrast' | 'saturation' | 'hue')[];
  brightness: number;
  contrast: number;
  saturation: number;
  /** Part of a full turn. */
  hue: number;
}

/** The draw of one image. `image` is its index in the data set, `seed` that of the run. */
export function drawFor(spec: Augmentation, seed: number, epoch: number, image: number): Draw {
  const rng = new Rng(seed, purposes.augment, epoch, image);
  const around = (range: number): number => 1 + range * (2 * rng.uniform() - 1);
  const padding = spec.crop?.padding ?? 0;
  const jitter = spec.colorJitter;
  return {
    cropX: rng.below(2 * padding + 1),
    cropY: rng.below(2 * padding + 1),
    flip: rng.uniform() < spec.flip,
    angle: spec.rotation * (2 * rng.uniform() - 1),
    order: rng.shuffle([0, 1, 2, 3]).map((index) => (['brightness', 'contrast', 'saturation', 'hue'] as const)[index] as Draw['order'][number]),
    brightness: around(jitter?.brightness ?? 0),
    contrast: around(jitter?.contrast ?? 0),
    saturation: around(jitter?.saturation ?? 0),
    hue: (jitter?.hue ?? 0) * (2 * rng.uniform() - 1),
  };
}

/** Which of the graph's parts an augmentation needs. */
export const needsShift = (spec: Augmentation): boolean => spec.crop !== null || spec.flip > 0;
export const needsBlend = ({ colorJitter: jitter }: Augmentation): boolean =>
  jitter !== null && (jitter.brightness > 0 || jitter.contrast > 0 || jitter.saturation > 0);
export const needsHue = (spec: Augmentation): boolean => (spec.colorJitter?.hue ?? 0) > 0;
export const needsRotation = (spec: Augmentation): boolean => spec.rotation > 0;

/** The inputs of the graph for a batch; see `augment`. */
export function augmentationInputs(spec: Augmentation | null, batch: number): Record<string, InputType> {
  if (spec === null) return {};
  return {
    ...(needsShift(spec) ? { shift: { dtype: 'float32', shape: [batch, 8] } } : {}),
    ...(needsBlend(spec) ? { blend: { dtype: 'float32', shape: [blendRounds, batch, 3] } } : {}),
    ...(needsHue(spec)
      ? Object.fromEntries<InputType>(
          Array.from({ length: hueSlots }, (_, slot) => [
            [`hueImages${slot}`, { dtype: 'int32', shape: [-1] }],
            [`hueShifts${slot}`, { dtype: 'float32', shape: [-1] }],
          ] as const).flat(),
        )
      : {}),
    ...(needsRotation(spec) ? { rotation: { dtype: 'float32', shape: [batch, 8] } } : {}),
  };
}

/**
 * Values for `augmentationInputs`.
 *
 * @param size height and width of the images as the graph sees them
 */
export function augmentationFeeds(spec: Augmentation | null, draws: readonly Draw[], size: number): Feeds {
  if (spec === null) return {};
  return {
    ...(needsShift(spec) ? { shift: perImage(draws, 8, (draw) => shiftTransform(draw, spec.crop?.padding ?? 0, size)) } : {}),
    ...(needsBlend(spec) ? { blend: blendWeights(draws) } : {}),
    ...(needsHue(spec) ? hueFeeds(draws) : {}),
    ...(needsRotation(spec) ? { rotation: perImage(draws, 8, (draw) => rotationTransform(draw.angle, size)) } : {}),
  };
}

function perImage(draws: readonly Draw[], width: number, values: (draw: Draw) => readonly number[]): Float32Array {
  const all = new Float32Array(draws.length * width);
  draws.forEach((draw, index) => all.set(values(draw), index * width));
  return all;
}

/** From an output pixel's column and row to the input's: the crop of the padded image, then the flip. */
function shiftTransform({ cropX, cropY, flip }: Draw, padding: number, size: number): number[] {
  const [dx, dy] = [cropX - padding, cropY - padding];
  return flip ? [-1, 0, size - 1 + dx, 0, 1, dy, 0, 0] : [1, 0, dx, 0, 1, dy, 0, 0];
}

/** torchvision's rotate: about the centre, counter-clockwise, pixels taken at their centres. */
function rotationTransform(degrees: number, size: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin, centre] = [Math.cos(radians), Math.sin(radians), (size - 1) / 2];
  return [cos, -sin, centre * (1 - cos + sin), sin, cos, centre * (1 - sin - cos), 0, 0];
}

/**
 * Each blend is clip(f x + a mean(gray) + b gray): brightness has a = b = 0, contrast a = 1 - f, saturation b = 1 - f.
 * Three rounds of [f, a, b], each image's in its own order.
 */
function blendWeights(draws: readonly Draw[]): Float32Array {
  const weights = new Float32Array(blendRounds * draws.length * 3);
  draws.forEach((draw, image) => {
    const blends = draw.order.filter((operation) => operation !== 'hue');
    blends.forEach((operation, round) => {
      const factor = draw[operation];
      const rest = 1 - factor;
      weights.set([factor, operation === 'contrast' ? rest : 0, operation === 'saturation' ? rest : 0], (round * draws.length + image) * 3);
    });
  });
  return weights;
}

/** The images whose hue is due in each slot. An empty slot gets image 0 with no shift: ops dislike empty batches. */
function hueFeeds(draws: readonly Draw[]): Record<string, Int32Array | Float32Array> {
  const feeds: Record<string, Int32Array | Float32Array> = {};
  for (let slot = 0; slot < hueSlots; slot++) {
    const due = draws.flatMap((draw, image) => (draw.order.indexOf('hue') === slot ? [image] : []));
    feeds[`hueImages${slot}`] = Int32Array.from(due.length > 0 ? due : [0]);
    feeds[`hueShifts${slot}`] = Float32Array.from(due.length > 0 ? due.map((image) => draws[image]?.hue ?? 0) : [0]);
  }
  return feeds;
}
