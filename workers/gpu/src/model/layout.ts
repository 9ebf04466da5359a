import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { reshape, splitVector } from '../engine/ops.ts';
import type { Entry } from './resnet.ts';

/**
 * PyTorch's layout of a weight and TensorFlow's: convolutions OIHW and HWIO, the head [out, in] and [in, out]. A transpose,
 * never a reshape: that would load without error and give noise.
 */
function axes({ role, shape }: Entry): number[] {
  if (role === 'convolution') return [2, 3, 1, 0];
  return role === 'head' && shape.length === 2 ? [1, 0] : shape.map((_, axis) => axis);
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** The shape of an entry as TensorFlow holds it. */
export const tensorShape = (entry: Entry): number[] => axes(entry).map((axis) => entry.shape[axis] as number);

/** Copies `from`, of the given shape, into `into` with its axes in the given order (row-major both). */
function transpose(from: Float32Array, shape: readonly number[], order: readonly number[], into: Float32Array): void {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  while (lengths.length < 4) {
    lengths.unshift(1);
    steps.unshift(0);
  }
  const [a, b, c, d] = lengths as [number, number, number, number];
  const [sa, sb, sc, sd] = steps as [number, number, number, number];
  let out = 0;
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) {
        let source = i * sa + j * sb + k * sc;
        for (let l = 0; l < d; l++, source += sd) into[out++] = from[source] as number;
      }
}

/** A tensor in PyTorch's layout. */
export interface HostTensor {
  shape: readonly number[];
  data: Float32Array;
}

/**
 * Several entries of a state in one vector: a step then reads, updates and saves them as one variable, which makes the graph
 * small and the optimiser one op.
 */
export class FlatLayout {
  readonly entries: readonly Entry[];
  readonly size: number;

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
    this.size = entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** From tensors in PyTorch's layout, by name, to the vector. */
  flatten(state: ReadonlyMap<string, HostTensor>): Float32Array {
    const flat = new Float32Array(this.size);
    this.eachPart(flat, (entry, part) => {
      const tensor = state.get(entry.name);
      if (tensor?.data.length !== part.length) throw new Error(`the state has no ${entry.name} of ${part.length} values`);
      transpose(tensor.data, entry.shape, axes(entry), part);
    });
    return flat;
  }

  /** The inverse of `flatten`. */
  unflatten(flat: Float32Array): Map<string, HostTensor> {
    const state = new Map<string, HostTensor>();
    this.eachPart(flat, (entry, part) => {
      const order = axes(entry);
      const back = order.map((_, axis) => order.indexOf(axis));
      const data = new Float32Array(part.length);
      transpose(part, tensorShape(entry), back, data);
      state.set(entry.name, { shape: entry.shape, data });
    });
    return state;
  }

  /** The parts of a vector in a graph, by name, in TensorFlow's layout. */
  split(vector: Tensor): Map<string, Tensor> {
    const parts = splitVector(vector, this.entries.map(({ shape }) => sizeOf(shape)));
    return new Map(this.entries.map((entry, index) => {
      const part = parts[index] as Tensor;
      return [entry.name, entry.shape.length === 1 ? part : reshape(part, tensorShape(entry))];
    }));
  }

  private eachPart(flat: Float32Array, visit: (entry: Entry, part: Float32Array) => void): void {
    let offset = 0;
    for (const entry of this.entries) {
      const length = sizeOf(entry.shape);
      visit(entry, flat.subarray(offset, offset + length));
      offset += length;
    }
  }
}
