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
  const blends = needsBlend(spec) ? get('blend') : undefined;
  for (let slot = 0; slot < hueSlots; slot++) {
    if (needsHue(spec)) x = shiftHue(x, get(`hueImages${slot}`), get(`hueShifts${slot}`));
    if (blends !== undefined && slot < blendRounds) x = blend(x, tf.slice(blends, [slot, 0, 0], [1, -1, -1]));
  }
  if (needsRotation(spec)) x = transform(x, get('rotation'));
  return x;
}

/** Nearest pixel under a projective transform from output to input; 0 outside, as torchvision's fill. */
function transform(images: Tensor4D, transforms: Tensor): Tensor4D {
  const attributes = [attribute.type('dtype', 'float32'), attribute.string('interpolation', 'NEAREST'), attribute.string('fill_mode', 'CONSTANT')];
  const size = int32s(images.shape[1], images.shape[2]);
  return executeOne('ImageProjectiveTransformV3', [images, transforms, size, float32Scalar(0)], attributes) as Tensor4D;
}

/** rgb_to_grayscale of torchvision on tensors: [N,H,W,3] to [N,H,W,1]. */
function grayscale(images: Tensor4D): Tensor {
  const [n, height, width] = images.shape;
  const weights = constant('float32', [3, 1], Float32Array.of(0.2989, 0.587, 0.114));
  const flat = reshape(images, [n * height * width, 3]);
  const attributes = [attribute.type('T', 'float32'), attribute.bool('transpose_a', false), attribute.bool('transpose_b', false)];
  return reshape(executeOne('MatMul', [flat, weights], attributes), [n, height, width, 1]);
}

/** One round of brightness, contrast or saturation: weights [1,N,3], see `drawAugmentation`. */
function blend(images: Tensor4D, weights: Tensor): Tensor4D {
  const [n] = images.shape;
  const [factor, meanWeight, grayWeight] = tf.split(reshape(weights, [n, 3]), 3, 1).map((part) => reshape(part, [n, 1, 1, 1])) as [Tensor, Tensor, Tensor];
  const gray = grayscale(images);
  const reference = tf.add(tf.mul(tf.mean(gray, [1, 2, 3], true), meanWeight), tf.mul(gray, grayWeight));
  return clip(tf.add(tf.mul(images, factor), reference)) as Tensor4D;
}

const clip = (x: Tensor): Tensor => executeOne('ClipByValue', [x, float32Scalar(0), float32Scalar(1)]);

/** adjust_hue on some of the images: indices int32 [K], shifts in turns [K]. */
function shiftHue(images: Tensor4D, indices: Tensor, shifts: Tensor): Tensor4D {
  const [, height, width] = images.shape;
  const gatherAttributes = [attribute.type('Tparams', 'float32'), attribute.type('Tindices', 'int32'), attribute.type('Taxis', 'int32')];
  const rows = reshape(images, [images.shape[0], height * width * 3]);
  const some = reshape(executeOne('GatherV2', [rows, indices, int32Scalar(0)], gatherAttributes), [-1, height * width, 3]);
  const hsv = executeOne('RGBToHSV', [some]);
  const offsets = executeOne('Pad', [reshape(shifts, [-1, 1, 1]), constant('int32', [3, 2], Int32Array.of(0, 0, 0, 0, 0, 2))], [
    attribute.type('T', 'float32'),
    attribute.type('Tpaddings', 'int32'),
  ]);
  const shifted = executeOne('AddV2', [hsv, offsets]);
  // Modulo 1 is wanted for the hue alone; saturation and value lie in [0, 1] and 1 must stay 1.
  const modulus = constant('float32', [3], Float32Array.of(1, 4, 4));
  const rgb = executeOne('HSVToRGB', [executeOne('FloorMod', [shifted, modulus])]);
  const scatterAttributes = [attribute.type('T', 'float32'), attribute.type('Tindices', 'int32')];
  const scattered = executeOne('TensorScatterUpdate', [rows, reshapeIndices(indices), reshape(rgb, [-1, height * width * 3])], scatterAttributes);
  return reshape(scattered, images.shape) as Tensor4D;
}

const reshapeIndices = (indices: Tensor): Tensor =>
  executeOne('Reshape', [indices, int32s(-1, 1)], [attribute.type('T', 'int32'), attribute.type('Tshape', 'int32')]);
