import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { backend, dtypes, type Dtype, type OpAttribute } from './tensorflow.ts';

/** TensorFlow ops that tfjs does not offer, executed eagerly; under a recorder they become nodes of a graph. */

const binding = backend.binding;

export const attribute = {
  type: (name: string, dtype: Dtype): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: dtypes[dtype] }),
  int: (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_INT, value }),
  float: (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_FLOAT, value }),
  bool: (name: string, value: boolean): OpAttribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
  string: (name: string, value: string): OpAttribute => ({ name, type: binding.TF_ATTR_STRING, value }),
  shape: (name: string, value: number[]): OpAttribute => ({ name, type: binding.TF_ATTR_SHAPE, value }),
};

/**
 * Executes one op.
 *
 * @param outputs how many tensors it gives (0 for one that only has an effect)
 */
export function execute(op: string, inputs: readonly Tensor[], attributes: OpAttribute[], outputs = 1): Tensor[] {
  const metadata = backend.binding.executeOp(op, attributes, backend.getInputTensorIds([...inputs]), outputs);
  return metadata.map((item) => backend.createOutputTensor(item));
}

/** Executes an op with one output. */
export function executeOne(op: string, inputs: readonly Tensor[], attributes: OpAttribute[] = [attribute.type('T', 'float32')]): Tensor {
  const [output] = execute(op, inputs, attributes, 1);
  if (output === undefined) throw new Error(`${op} gave no output`);
  return output;
}

/** A tensor of the given element type, also of uint8, which tfjs itself does not have. */
export function constant(dtype: Dtype, shape: readonly number[], values: Float32Array | Int32Array | Uint8Array): Tensor {
  const id = backend.binding.createTensor(shape, dtypes[dtype], values);
  return backend.createOutputTensor({ id, shape: [...shape], dtype: dtypes[dtype] });
}

export const int32s = (...values: number[]): Tensor => constant('int32', [values.length], Int32Array.from(values));
export const int32Scalar = (value: number): Tensor => constant('int32', [], Int32Array.of(value));
export const float32Scalar = (value: number): Tensor => constant('float32', [], Float32Array.of(value));

export const cast = (x: Tensor, from: Dtype, to: Dtype): Tensor => executeOne('Cast', [x], [attribute.type('SrcT', from), attribute.type('DstT', to)]);

export const reshape = (x: Tensor, shape: readonly number[]): Tensor =>
  executeOne('Reshape', [x, int32s(...shape)], [attribute.type('T', 'float32'), attribute.type('Tshape', 'int32')]);

/** Splits a vector into consecutive parts of the given lengths. */
export function splitVector(x: Tensor, lengths: readonly number[]): Tensor[] {
  const attributes = [attribute.type('T', 'float32'), attribute.type('Tlen', 'int32'), attribute.int('num_split', lengths.length)];
  return execute('SplitV', [x, int32s(...lengths), int32Scalar(0)], attributes, lengths.length);
}

/** Joins tensors into one vector, each flattened. */
export function concatFlat(parts: readonly Tensor[]): Tensor {
  const flat = parts.map((part) => reshape(part, [-1]));
  const attributes = [attribute.type('T', 'float32'), attribute.type('Tidx', 'int32'), attribute.int('N', flat.length)];
  return flat.length === 1 ? (flat[0] as Tensor) : executeOne('ConcatV2', [...flat, int32Scalar(0)], attributes);
}

/** Element `index` of a vector, as a scalar. */
export function element(vector: Tensor, index: number): Tensor {
  const attributes = [attribute.type('T', 'float32'), attribute.type('Index', 'int32'), attribute.int('shrink_axis_mask', 1)];
  return executeOne('StridedSlice', [vector, int32s(index), int32s(index + 1), int32s(1)], attributes);
}
