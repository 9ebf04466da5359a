import { dtypeBytes, elementCount, type Dtype } from './dtypes.ts';

/** A tensor as a header describes it. */
export interface TensorPlan {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** The order in which tensors lie: of falling element size (within it: as given), so that each is aligned for readers that map the file. */
export const orderTensors = <T extends TensorPlan>(tensors: Iterable<T>): T[] => [...tensors].sort((a, b) => dtypeBytes(b.dtype) - dtypeBytes(a.dtype));

/** The length and the header of a file whose tensors lie in this order, padded to 8 bytes. */
export function buildHeader(tensors: readonly TensorPlan[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const names = new Set(['__metadata__']);
  const parts = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (names.has(name)) throw new RangeError(`tensor name ${JSON.stringify(name)} is reserved or given twice`);
    names.add(name);
    const end = begin + byteLengthOf(name, dtype, shape);
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return header;
}

/** Bytes of a tensor's data. @throws RangeError for an impossible shape */
export function byteLengthOf(name: string, dtype: Dtype, shape: readonly number[]): number {
  const count = elementCount(shape);
  if (count === null) throw new RangeError(`tensor ${name} has the impossible shape [${shape.join(', ')}]`);
  return count * dtypeBytes(dtype);
}
