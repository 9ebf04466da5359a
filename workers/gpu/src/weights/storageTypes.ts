/** The element types of torch's storages: the array that holds the raw elements and how they become float32. */

export type RawArray = Float32Array | Float64Array | Uint16Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

interface ArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): RawArray;
  new (length: number): RawArray;
}

export interface ElementType {
  readonly Raw: ArrayConstructor;
  toFloat32(raw: RawArray): Float32Array;
}

const plain = (Raw: ArrayConstructor): ElementType => ({
  Raw,
  toFloat32: (raw) => (raw instanceof Float32Array ? raw : raw instanceof BigInt64Array ? Float32Array.from(raw, Number) : new Float32Array(raw)),
});

const float16: ElementType = {
  Raw: Uint16Array,
  toFloat32(raw) {
    halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
    const out = new Float32Array(raw.length);
    for (let index = 0; index < out.length; index++) out[index] = halves[Number(raw[index])] as number;
    return out;
  },
};

/** bfloat16 is the upper half of a float32. */
const bfloat16: ElementType = {
  Raw: Uint16Array,
  toFloat32(raw) {
    const bits = new Uint32Array(raw.length);
    for (let index = 0; index < bits.length; index++) bits[index] = Number(raw[index]) << 16;
    return new Float32Array(bits.buffer);
  },
};

/** Value of each of the 65,536 IEEE 754 half floats, made when the first is needed. */
let halves: Float32Array | undefined;

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const float32 = plain(Float32Array);
const float64 = plain(Float64Array);
const int64 = plain(BigInt64Array);
const int32 = plain(Int32Array);
const int16 = plain(Int16Array);
const int8 = plain(Int8Array);
const uint8 = plain(Uint8Array);

/** By the name in a torch pickle. */
export const torchStorages: ReadonlyMap<string, ElementType> = new Map([
  ['torch.FloatStorage', float32],
  ['torch.DoubleStorage', float64],
  ['torch.HalfStorage', float16],
  ['torch.BFloat16Storage', bfloat16],
  ['torch.LongStorage', int64],
  ['torch.IntStorage', int32],
  ['torch.ShortStorage', int16],
  ['torch.CharStorage', int8],
  ['torch.ByteStorage', uint8],
  ['torch.BoolStorage', uint8],
]);

/** By the dtype of a safetensors file. */
export const safetensorsElements = {
  F32: float32,
  F64: float64,
  F16: float16,
  BF16: bfloat16,
  I64: int64,
  I32: int32,
  I16: int16,
  I8: int8,
  U8: uint8,
  BOOL: uint8,
} as const;
