import type { StorageReference, TensorReference } from './pickleValues.ts';
import type { RawArray } from './storageTypes.ts';
import type { StateTensor } from './stateDict.ts';

/**
 * The elements of a tensor as float32, row-major. A contiguous float32 tensor becomes a view on the storage's bytes; all else is copied.
 * @param bytes the whole storage
 */
export function materialise(tensor: TensorReference, bytes: ArrayBuffer): StateTensor {
  const { storage, offset, shape, strides } = tensor;
  const count = shape.reduce((product, length) => product * length, 1);
  const raw = isContiguous(shape, strides) ? new storage.type.Raw(bytes, offset * storage.type.Raw.BYTES_PER_ELEMENT, count) : gather(tensor, bytes, count);
  return { shape, data: storage.type.toFloat32(raw) };
}

export const storageBytes = ({ count, type }: StorageReference): number => count * type.Raw.BYTES_PER_ELEMENT;

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length !== 1 && strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather({ storage, offset, shape, strides }: TensorReference, bytes: ArrayBuffer, count: number): RawArray {
  const from = new storage.type.Raw(bytes, 0, storage.count);
  const into = new storage.type.Raw(count);
  const index = shape.map(() => 0);
  let position = offset;
  for (let slot = 0; slot < count; slot++) {
    into[slot] = from[position] as number & bigint;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      const next = (index[axis] as number) + 1;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        position += stride;
        break;
      }
      index[axis] = 0;
      position -= (next - 1) * stride;
    }
  }
  return into;
}
