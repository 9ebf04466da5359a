import type { Augmentation } from '@thaw/contract/runSpec';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { blendRounds, hueSlots, needsBlend, needsHue, needsRotation, needsShift } from '../data/drawAugmentation.ts';
import { attribute, cast, constant, executeOne, float32Scalar, int32s, int32Scalar, reshape } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';

/**
 * From stored pixels to what the network sees, in the graph: resize, crop, flip, colour jitter, rotation, normalisation, in
 * torchvision's order and by the definitions of its transforms on float tensors. Values are in [0, 1] until the normalisation.
 */

/** Stored pixels, uint8 [N,H,W,3], to float [N,size,size,3] in [0, 1]. */
export function toFloat(pixels: Tensor, size: number): Tensor4D {
  const [images, height, width] = pixels.shape as [number, number, number];
  const scaled = tf.mul(cast(pixels, 'uint8', 'float32'), float32Scalar(1 / 255)) as Tensor4D;
  if (height === size && width === size) return scaled;
  if (size >= height && size >= width) {
    const attributes = [attribute.type('T', 'float32'), attribute.bool('align_corners', false), attribute.bool('half_pixel_centers', true)];
    return executeOne('ResizeBilinear', [scaled, int32s(size, size)], attributes) as Tensor4D;
  }
  // torchvision's antialias: a triangle filter as wide as the reduction.
  const scale = constant('float32', [2], Float32Array.of(size / height, size / width));
  const attributes = [attribute.type('T', 'float32'), attribute.string('kernel_type', 'triangle'), attribute.bool('antialias', true)];
  const resized = executeOne('ScaleAndTranslate', [scaled, int32s(size, size), scale, constant('float32', [2], new Float32Array(2))], attributes);
  return reshape(resized, [images, size, size, 3]) as Tensor4D;
}

/** Normalize: (x - mean) / std by channel. */
export function normalise(images: Tensor4D, mean: readonly number[], std: readonly number[]): Tensor4D {
  const perChannel = (values: readonly number[]) => constant('float32', [3], Float32Array.from(values));
  return tf.mul(tf.sub(images, perChannel(mean)), perChannel(std.map((value) => 1 / value))) as Tensor4D;
}

/**
 * Applies the drawn augmentation.
 *
 * @param images float [N,S,S,3] in [0, 1]
 * @param inputs tensors for `augmentationInputs` of the same spec
 */
export function augment(images: Tensor4D, spec: Augmentation, inputs: Readonly<Record<string, Tensor>>): Tensor4D {
  const get = (name: string): Tensor => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new Error(`the augmentation lacks its input ${name}`);
    return tensor;
  };
  let x = images;
  if (needsShift(spec)) x = transform(x, get('shift'));
  if (needsBlend(spec) || needsHue(spec)) x = jitter(x, needsBlend(spec) ? get('blend') : undefined, needsHue(spec) ? get : undefined);
  if (needsRotation(spec)) x = transform(x, get('rotation'));
  return x;
}

/** Nearest pixel under a projective transform from output to input; 0 outside, as torchvision's fill. */
function transform(images: Tensor4D, transforms: Tensor): Tensor4D {
  const attributes = [attribute.type('dtype', 'float32'), attribute.string('interpolation', 'NEAREST'), attribute.string('fill_mode', 'CONSTANT')];
  const size = int32s(images.shape[1], images.shape[2]);
  return executeOne('ImageProjectiveTransformV3', [images, transforms, size, float32Scalar(0)], attributes) as Tensor4D;
}

/** Red, green and blue, a tensor each: [N,P] of N images of P pixels. */
type Planes = [Tensor, Tensor, Tensor];
const eachPlane = (planes: Planes, change: (plane: Tensor, colour: number) => Tensor): Planes => planes.map(change) as Planes;

/**
 * Colour jitter, on a plane for each colour: what combines the colours of a pixel is then a few long sums, several times as quick
 * as on pixels of three.
 */
function jitter(images: Tensor4D, blends: Tensor | undefined, hue: ((name: string) => Tensor) | undefined): Tensor4D {
  const [n, height, width] = images.shape;
  let planes = eachPlane(tf.split(images, 3, 3) as unknown as Planes, (plane) => reshape(plane, [n, height * width]));
  for (let slot = 0; slot < hueSlots; slot++) {
    if (hue !== undefined) planes = shiftHue(planes, hue(`hueImages${slot}`), hue(`hueShifts${slot}`));
    if (blends !== undefined && slot < blendRounds) planes = blend(planes, tf.slice(blends, [slot, 0, 0], [1, -1, -1]));
  }
  const pixels = executeOne('Transpose', [reshape(tf.stack(planes), [3, -1]), int32s(1, 0)], [attribute.type('T', 'float32'), attribute.type('Tperm', 'int32')]);
  return reshape(pixels, images.shape) as Tensor4D;
}

/** rgb_to_grayscale of torchvision on tensors. */
const grayscale = ([red, green, blue]: Planes): Tensor => tf.add(tf.add(tf.mul(red, 0.2989), tf.mul(green, 0.587)), tf.mul(blue, 0.114));

/** One round of brightness, contrast or saturation: weights [1,N,3], see `drawAugmentation`. */
function blend(planes: Planes, weights: Tensor): Planes {
  const [n] = planes[0].shape as [number];
  const [factor, meanWeight, grayWeight] = tf.split(reshape(weights, [n, 3]), 3, 1) as [Tensor, Tensor, Tensor];
  const gray = grayscale(planes);
  const reference = tf.add(tf.mul(gray, grayWeight), tf.mul(tf.mean(gray, 1, true), meanWeight));
  return eachPlane(planes, (plane) => clip(tf.add(tf.mul(plane, factor), reference)));
}

const clip = (x: Tensor): Tensor => executeOne('ClipByValue', [x, float32Scalar(0), float32Scalar(1)]);

/** adjust_hue on some of the images: indices int32 [K], shifts in turns [K]. */
function shiftHue(planes: Planes, indices: Tensor, shifts: Tensor): Planes {
  const gatherAttributes = [attribute.type('Tparams', 'float32'), attribute.type('Tindices', 'int32'), attribute.type('Taxis', 'int32')];
  const some = eachPlane(planes, (plane) => executeOne('GatherV2', [plane, indices, int32Scalar(0)], gatherAttributes));
  const shifted = turnHue(some, reshape(shifts, [-1, 1]));
  const scatterAttributes = [attribute.type('T', 'float32'), attribute.type('Tindices', 'int32')];
  const rows = reshapeIndices(indices);
  return eachPlane(planes, (plane, colour) => executeOne('TensorScatterUpdate', [plane, rows, shifted[colour] as Tensor], scatterAttributes));
}

/** Red, green and blue [K,P] with their hue moved by shifts [K,1]: RGB to HSV and back, saturation and value as they are. */
function turnHue([red, green, blue]: Planes, shifts: Tensor): Planes {
  const [highest, lowest] = [tf.maximum(tf.maximum(red, green), blue), tf.minimum(tf.minimum(red, green), blue)];
  const chroma = tf.sub(highest, lowest);
  const scale = tf.div(1, tf.maximum(chroma, 1e-12)); // without chroma the differences are 0 as well
  const equal = (a: Tensor, b: Tensor): Tensor => executeOne('Equal', [a, b]);
  const select = (condition: Tensor, yes: Tensor, no: Tensor): Tensor => executeOne('SelectV2', [condition, yes, no]);
  // In sixths of a turn: red is at 0, green at 2, blue at 4.
  const sector = (from: Tensor, to: Tensor, start: number): Tensor => tf.add(tf.mul(tf.sub(from, to), scale), start);
  const hue = select(equal(highest, red), sector(green, blue, 0), select(equal(highest, green), sector(blue, red, 2), sector(red, green, 4)));
  const turned = tf.add(hue, tf.mul(shifts, 6));
  const x = tf.sub(turned, tf.mul(tf.floor(tf.mul(turned, 1 / 6)), 6));
  const colour = (share: Tensor): Tensor => tf.add(tf.mul(clip(share), chroma), lowest);
  return [
    colour(tf.sub(tf.abs(tf.sub(x, 3)), 1)),
    colour(tf.sub(2, tf.abs(tf.sub(x, 2)))),
    colour(tf.sub(2, tf.abs(tf.sub(x, 4)))),
  ];
}

const reshapeIndices = (indices: Tensor): Tensor =>
  executeOne('Reshape', [indices, int32s(-1, 1)], [attribute.type('T', 'int32'), attribute.type('Tshape', 'int32')]);
