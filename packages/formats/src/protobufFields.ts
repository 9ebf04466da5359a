/**
 * The fields of a message of protocol buffers (https://protobuf.dev/programming-guides/encoding) that hold bytes, text or a message;
 * the others are passed over.
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
