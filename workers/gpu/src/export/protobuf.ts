/**
 * Protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding), as far as an ONNX file needs it. A message
 * is a list of pieces, so that the weights of a model go to the disk without being copied.
 */
export type Message = readonly Uint8Array[];

const encoder = new TextEncoder();

const lengthOf = (message: Message): number => message.reduce((sum, { length }) => sum + length, 0);

function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be written as a varint`);
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) + 0x80);
  return Uint8Array.of(...bytes, value);
}

const tag = (field: number, wireType: 0 | 2 | 5): Uint8Array => varint(field * 8 + wireType);

/** An int32, int64 or enum that is not negative. */
export const integer = (field: number, value: number): Message => [tag(field, 0), varint(value)];

export const float = (field: number, value: number): Message => [tag(field, 5), new Uint8Array(Float32Array.of(value).buffer)];

export const bytes = (field: number, value: Uint8Array): Message => [tag(field, 2), varint(value.length), value];

export const text = (field: number, value: string): Message => bytes(field, encoder.encode(value));

/** A message as a field of another. */
export const nested = (field: number, ...parts: readonly Message[]): Message => {
  const message = parts.flat();
  return [tag(field, 2), varint(lengthOf(message)), ...message];
};

/**
 * The fields of a message that hold bytes, text or a message; the others are passed over.
 * @throws RangeError where the bytes are no message
 */
export function* readFields(message: Uint8Array): Generator<{ field: number; value: Uint8Array }> {
  let position = 0;
  const readVarint = (): number => {
    for (let value = 0, factor = 1; factor < 2 ** 56; factor *= 0x80) {
      const byte = message[position++];
      if (byte === undefined) break;
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of a protocol buffer is cut short or too large');
  };
  while (position < message.length) {
    const key = readVarint();
    const fixed = { 1: 8, 5: 4 }[key % 8];
    if (key % 8 === 0) readVarint();
    else if (fixed !== undefined) position += fixed;
    else if (key % 8 === 2) {
      const length = readVarint();
      yield { field: Math.floor(key / 8), value: message.subarray(position, position + length) };
      position += length;
    } else throw new RangeError(`a protocol buffer has no wire type ${key % 8}`);
    if (position > message.length) throw new RangeError('a protocol buffer is cut short');
  }
}
