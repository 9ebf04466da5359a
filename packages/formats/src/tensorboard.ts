/**
 * Event files as TensorBoard reads them: TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord) of the protocol
 * buffers `Event` and `Summary` (tensorboard/compat/proto). Values are kept as 32-bit floats there, not-finite ones as they are.
 */

export interface ScalarEvent {
  /** Seconds since 1970. */
  time: number;
  step: number;
  scalars: readonly (readonly [tag: string, value: number])[];
}

/** What an event file begins with. */
export function tensorboardHeader(time: number): Buffer {
  return record(Buffer.concat([doubleField(1, time), bytesField(3, Buffer.from('brain.Event:2'))]));
}

/** One event, framed. */
export function tensorboardEvent({ time, step, scalars }: ScalarEvent): Buffer {
  const values = scalars.map(([tag, value]) => bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])));
  // proto3 leaves out what is 0.
  const place = step === 0 ? [] : [key(2, 0), varint(step)];
  return record(Buffer.concat([doubleField(1, time), ...place, bytesField(5, Buffer.concat(values))]));
}

/** Length (u64), its checksum, the data, its checksum; all little-endian. */
function record(data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc(data));
  return Buffer.concat([head, data, foot]);
}

const key = (field: number, wireType: number): Buffer => Buffer.from([(field << 3) | wireType]);

function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), bytes]);
}

function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, 5), bytes]);
}

const bytesField = (field: number, bytes: Buffer): Buffer => Buffer.concat([key(field, 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** CRC-32C (Castagnoli, RFC 3720), reflected: zlib has only the other polynomial. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  const sum = ~crc >>> 0;
  // TFRecord turns a checksum and adds a constant, so that checksums of data with checksums in it stay good.
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
