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
