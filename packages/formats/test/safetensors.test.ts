import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256OfFile } from '../src/fileHash.ts';
import { openSafetensors } from '../src/safetensors.ts';
import { writeSafetensors } from '../src/writeSafetensors.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const folder = temporaryFolder();
let files = 0;
const newPath = (): string => join(folder, `${files++}.safetensors`);

/** A file by hand: any header text, any data. */
function handMade(header: string | Buffer | object, data: Uint8Array = new Uint8Array(), length?: bigint): string {
  const text = Buffer.isBuffer(header) ? header : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  const path = newPath();
  writeFileSync(path, Buffer.concat([prefix, text, data]));
  return path;
}

describe('safetensors', () => {
  it('reads every dtype back, bit for bit', () => {
    const path = newPath();
    const tensors = [
      { name: 'u8', dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) },
      { name: 'f32', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -0, NaN, Infinity) },
      { name: 'f64', dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) },
      { name: 'f16', dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xfc00) },
      { name: 'bf16', dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
      { name: 'i64', dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) },
      { name: 'i32', dtype: 'I32', shape: [1], data: Int32Array.of(-7) },
      { name: 'i16', dtype: 'I16', shape: [1], data: Int16Array.of(-300) },
      { name: 'i8', dtype: 'I8', shape: [1], data: Int8Array.of(-3) },
      { name: 'bool', dtype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) },
      { name: 'empty', dtype: 'F32', shape: [0, 4], data: new Float32Array() },
      { name: '__proto__', dtype: 'I8', shape: [1], data: Int8Array.of(1) },
    ] as const;
    const metadata = { format: 'pt', classes: '["猫","🐶"]' };
    writeSafetensors(path, tensors, metadata);
    const file = openSafetensors(path);
    expect(file.metadata).toEqual(metadata);
    expect([...file.entries.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort());
    for (const { name, dtype, shape, data } of tensors) {
      expect(file.entries.get(name)).toMatchObject({ dtype, shape });
      expect(file.read(name)).toEqual(data);
    }
    file.close();
  });

  it('aligns the header and each tensor for readers that map the file', () => {
    const path = newPath();
    writeSafetensors(path, [
      { name: 'a', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: 'b', dtype: 'F32', shape: [1], data: Float32Array.of(1) },
      { name: 'c', dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) },
    ]);
    const file = openSafetensors(path);
    const offset = (name: string): number => file.entries.get(name)?.byteOffset ?? NaN;
    expect([offset('c') % 8, offset('b') % 4]).toEqual([0, 0]);
    file.close();
  });

  it('tells the size and the hash of what lies on the disk', async () => {
    const path = newPath();
    const written = writeSafetensors(path, [{ name: 'a', dtype: 'F32', shape: [4], data: Float32Array.of(1, 2, 3, 4) }], { k: 'v' });
    const content = readFileSync(path);
    expect(written).toEqual({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    expect(await sha256OfFile(path)).toBe(written.sha256);
  });

  it('asks for pieces of a lazy tensor only when its turn comes, and takes them one by one', () => {
    const path = newPath();
    const log: string[] = [];
    const lazy = (name: string) => ({
      name,
      dtype: 'U8' as const,
      shape: [4],
      data: function* () {
        for (const start of [0, 2]) {
          log.push(`${name}${start}`);
          yield Uint8Array.of(start, start + 1);
        }
      },
    });
    writeSafetensors(path, [lazy('a'), lazy('b')]);
    expect(log).toEqual(['a0', 'a2', 'b0', 'b2']);
    const file = openSafetensors(path);
    const part = new Uint8Array(2);
    file.readBytes('b', 1, 2, part);
    expect([...part]).toEqual([1, 2]);
    expect(() => file.readBytes('b', 3, 2, part)).toThrow(RangeError);
    expect(() => file.read('c')).toThrow(/has no tensor "c"/);
    file.close();
  });

  it.each([
    ['too few bytes', [{ name: 'a', dtype: 'F32', shape: [2], data: Float32Array.of(1) }], /needs 8 bytes .* has 4/],
    ['too many bytes', [{ name: 'a', dtype: 'F32', shape: [1], data: Float32Array.of(1, 2) }], /needs 4 bytes .* has 8/],
    ['another array than its dtype', [{ name: 'a', dtype: 'F32', shape: [1], data: Int32Array.of(1) }], /F32 is given as Int32Array/],
    ['a name twice', [0, 1].map(() => ({ name: 'a', dtype: 'I8', shape: [1], data: Int8Array.of(1) }) as const), /given twice/],
  ] as const)('leaves nothing behind when a tensor has %s', (_, tensors, message) => {
    const before = readdirSync(folder);
    expect(() => writeSafetensors(newPath(), tensors)).toThrow(message);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('keeps the old file when writing a new one fails', () => {
    const path = newPath();
    writeSafetensors(path, [{ name: 'a', dtype: 'I8', shape: [1], data: Int8Array.of(1) }]);
    const failing = (): never => {
      throw new Error('no data');
    };
    expect(() => writeSafetensors(path, [{ name: 'a', dtype: 'I8', shape: [1], data: failing }])).toThrow('no data');
    const file = openSafetensors(path);
    expect(file.read('a')).toEqual(Int8Array.of(1));
    file.close();
  });

  const u8 = (...offsets: number[]) => ({ dtype: 'U8', shape: [2], data_offsets: offsets });
  it.each<[string, string, RegExp]>([
    ['is shorter than its length field', (() => (writeFileSync(join(folder, 'short'), 'abc'), join(folder, 'short')))(), /has 3 bytes/],
    ['declares a header beyond its end', handMade('{}', undefined, 100n), /declares a header of 100 bytes but has only 2/],
    ['declares a header of 2^63 bytes', handMade('{}', undefined, 2n ** 63n), /declares a header of 9223372036854776000 bytes/],
    ['is a web page', handMade('<html></html>'), /does not begin with \{/],
    ['has broken JSON', handMade('{"a":'), /is not valid JSON/],
    ['has bytes that are no UTF-8', handMade(Buffer.from('{"__metadata__":{"a":"\xff"}}', 'latin1')), /is not valid JSON/],
    ['has a metadata number', handMade({ __metadata__: { a: 1 } }), /__metadata__ .* no string: "a"/],
    ['has an unknown dtype', handMade({ a: { dtype: 'F8_E5M2', shape: [], data_offsets: [0, 1] } }, new Uint8Array(1)), /"a" .* dtype "F8_E5M2"/],
    ['has the dtype toString', handMade({ a: { dtype: 'toString', shape: [], data_offsets: [0, 1] } }, new Uint8Array(1)), /dtype "toString"/],
    ['has a negative size', handMade({ a: { dtype: 'U8', shape: [-1, -2], data_offsets: [0, 2] } }, new Uint8Array(2)), /no list of at most 64 natural numbers/],
    ['has 65 dimensions', handMade({ a: { dtype: 'U8', shape: Array<number>(65).fill(1), data_offsets: [0, 1] } }, new Uint8Array(1)), /at most 64/],
    ['has a size beyond 2^53', handMade({ a: { dtype: 'U8', shape: [2 ** 30, 2 ** 30], data_offsets: [0, 2] } }, new Uint8Array(2)), /2\^53/],
    ['has a fractional offset', handMade({ a: u8(0.5, 2.5) }, new Uint8Array(3)), /no two natural numbers/],
    ['has offsets that disagree with its shape', handMade({ a: u8(0, 3) }, new Uint8Array(3)), /takes 3 bytes where .* need 2/],
    ['has an offset beyond its end', handMade({ a: u8(0, 2), b: u8(2, 4) }, new Uint8Array(3)), /has 3 bytes of data where its header describes 4/],
    ['has bytes that nothing describes', handMade({ a: u8(0, 2) }, new Uint8Array(3)), /has 3 bytes of data where its header describes 2/],
    ['has an overlap', handMade({ a: u8(0, 2), b: u8(1, 3) }, new Uint8Array(3)), /"b" .* an overlap/],
    ['has a hole', handMade({ a: u8(0, 2), b: u8(3, 5) }, new Uint8Array(5)), /"b" .* a hole/],
    ['names a tensor twice', handMade('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}', new Uint8Array(4)), /a hole/],
  ])('refuses a file that %s', (_, path, message) => {
    expect(() => openSafetensors(path)).toThrow(expect.objectContaining({ name: 'FormatError', message: expect.stringMatching(message) }));
  });

  it('refuses a tensor that is larger than the caller allows', () => {
    const path = handMade({ a: u8(0, 2) }, new Uint8Array(2));
    const file = openSafetensors(path, { tensorBytes: 1 });
    expect(() => file.read('a')).toThrow(/has 2 bytes; more than 1/);
    file.close();
  });

  it('opens a file whose tensors lie beyond 100 MB', () => {
    const big = 120_000_000;
    const header = JSON.stringify({ a: { dtype: 'U8', shape: [big], data_offsets: [0, big] }, b: { dtype: 'U8', shape: [big], data_offsets: [big, 2 * big] } });
    const path = handMade(header);
    truncateSync(path, 8 + header.length + 2 * big);
    const file = openSafetensors(path);
    expect(file.entries.get('b')?.byteLength).toBe(big);
    file.close();
  });
});
