import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { attribute, executeOne, int32Scalar } from '../engine/ops.ts';
import { tf } from '../engine/tensorflow.ts';

/** Takes rows of a tensor, of any element type. */
export function takeRows(x: Tensor, indices: Tensor, dtype: 'float32' | 'int32'): Tensor {
  return executeOne('GatherV2', [x, indices, int32Scalar(0)], [attribute.type('Tparams', dtype), attribute.type('Tindices', 'int32'), attribute.type('Taxis', 'int32')]);
}

/** share * x + (1 - share) * x of the partners. */
export function mix(images: Tensor4D, partners: Tensor, share: Tensor): Tensor4D {
  return tf.add(tf.mul(images, share), tf.mul(takeRows(images, partners, 'float32'), tf.sub(1, share))) as Tensor4D;
}
