import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { attribute, cast, constant, executeOne, reshape } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';

/**
 * Sets rectangles of each image to 0.
 *
 * @param images float [N,S,S,3], normalised
 * @param rectangles int32 [R,N,4]: top, bottom, left, right, the ends not included
 */
export function erase(images: Tensor4D, rectangles: Tensor): Tensor4D {
  const [n, size] = images.shape;
  const positions = constant('int32', [1, 1, size], Int32Array.from({ length: size }, (_, index) => index));
  const [top, bottom, left, right] = tf.split(rectangles, 4, 2) as [Tensor, Tensor, Tensor, Tensor];
  const compare = (op: 'GreaterEqual' | 'Less', bound: Tensor): Tensor => cast(executeOne(op, [positions, bound], [attribute.type('T', 'int32')]), 'bool', 'float32');
  const rows = tf.mul(compare('GreaterEqual', top), compare('Less', bottom));
  const columns = tf.mul(compare('GreaterEqual', left), compare('Less', right));
  const kinds = rectangles.shape[0] as number;
  const inside = tf.mul(reshape(rows, [kinds, n, size, 1, 1]), reshape(columns, [kinds, n, 1, size, 1]));
  // A pixel stays where no rectangle has it.
  return tf.mul(images, tf.prod(tf.sub(1, inside), 0)) as Tensor4D;
}
