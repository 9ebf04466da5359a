/** Element types of safetensors that are read and written here, and the typed array that holds each. F16 and BF16 are raw bits. */
export const dtypeArrays = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type Dtype = keyof typeof dtypeArrays;
export type TensorArray = Float64Array | Float32Array | Uint16Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

export const isDtype = (value: unknown): value is Dtype => typeof value === 'string' && Object.hasOwn(dtypeArrays, value);

/** Bytes of one element. */
export const dtypeBytes = (dtype: Dtype): number => dtypeArrays[dtype].BYTES_PER_ELEMENT;

/** Number of elements of a shape; 1 for a scalar (`[]`). Null where a size is no natural number or the product is beyond 2^53. */
export function elementCount(shape: readonly unknown[]): number | null {
  let count = 1;
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return null;
    count *= size;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}
