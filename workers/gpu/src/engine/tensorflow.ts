import { createRequire } from 'node:module';
import type * as Tf from '@tensorflow/tfjs-node-gpu';

/**
 * The one place where TensorFlow is loaded. tfjs-node is CommonJS and reads its environment when it is loaded, so the
 * settings are made first and the module is required, not imported.
 */

// Only errors: TensorFlow's start-up notes would mix with the trainer's own words.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
// Several workers may share a GPU; the default takes all of its memory at once.
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';

const major = Number(process.versions.node.split('.')[0]);
if (major < 20 || major > 22)
  throw new Error(`the training engine runs on Node 20 to 22, not on ${process.versions.node}: use the Node in node_modules/.bin that the set-up installs`);

/** An attribute of an eagerly executed op, as tfjs-node's binding takes it. */
export interface OpAttribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

/** An output of an op: the handle of a tensor that lives in TensorFlow. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** tfjs-node's native binding. Every kernel, gradients included, goes through executeOp. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, data: TypedArray | BigInt64Array | number[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TypedArray;
  executeOp(op: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfTensors(): number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

export interface Backend {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
  getInputTensorIds(tensors: Tf.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tf.Tensor;
}

function load(): typeof Tf {
  // tfjs-node calls functions of node:util that are deprecated; the notes about it would only puzzle the user.
  process.noDeprecation = true;
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;
  } catch (error) {
    throw new Error('the training engine is not installed; run `npm run setup`', { cause: error });
  }
}

export const tf = load();
export const backend = tf.backend() as unknown as Backend;

/** TensorFlow's numbers of element types (DataType in types.proto). */
export const dtypes = { float32: 1, int32: 3, uint8: 4, bool: 10, resource: 20 } as const;
export type Dtype = keyof typeof dtypes;

export const engineName = `TensorFlow ${backend.binding.TF_Version}`;
