import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { readWeights } from '../src/weights/readWeights.ts';
import { WeightsError } from '../src/weights/weightsError.ts';
import { floats, pickle, tensor, torchLegacy, torchZip, u64, zip } from './torchFiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'thaw-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'weights.pth');

function read(bytes: Uint8Array) {
  writeFileSync(path, bytes);
  return readWeights(path);
}
const refusal = (message: RegExp): unknown => expect.objectContaining({ name: 'WeightsError', message: expect.stringMatching(message) });
const state = (value = tensor()) => pickle.dict({ a: value });
const inDict = (value: Buffer) => torchZip(pickle.dict({ a: tensor(), x: value }));

describe('code in a pickle is refused, naming it', () => {
  const system = pickle.global('posix', 'system');
  const command = pickle.tuple(pickle.text('touch /tmp/never'));
  it.each<[string, Buffer, RegExp]>([
    ['GLOBAL and REDUCE', inDict(pickle.call(system, pickle.text('id'))), /imports "posix\.system"/],
    ['a global that is never called', inDict(pickle.global('builtins', 'eval')), /imports "builtins\.eval"/],
    ['STACK_GLOBAL', inDict(Buffer.concat([pickle.text('os'), pickle.text('system'), pickle.raw(0x93), command, Buffer.from('R')])), /imports "os\.system"/],
    ['INST', inDict(Buffer.concat([Buffer.from('('), pickle.text('id'), Buffer.from('ios\nsystem\n')])), /the class "os\.system"/],
    ['NEWOBJ', inDict(Buffer.concat([pickle.global('torch', 'FloatStorage'), command, pickle.raw(0x81)])), /the class torch\.FloatStorage/],
    ['a name that hides in an allowed module', inDict(pickle.global('torch._utils', '_rebuild_tensor_v2.__globals__')), /_rebuild_tensor_v2\.__globals__"/],
    ['a method of every object', inDict(pickle.global('constructor', 'constructor')), /"constructor\.constructor"/],
    ['a call of a storage type', inDict(pickle.call(pickle.global('torch', 'FloatStorage'))), /calls torch\.FloatStorage/],
    ['a call of what is no global', inDict(pickle.call(pickle.text('system'), pickle.text('id'))), /calls a string/],
    ['attributes of a tensor', inDict(pickle.build(tensor(), pickle.dict({ __class__: pickle.none }))), /sets attributes of a tensor/],
    ['an extension code', inDict(pickle.raw(0x82, 1)), /the opcode 0x82/],
    ['a persistent id that is no storage', inDict(pickle.persistent(pickle.text('module'), pickle.text('x'))), /outside itself that is no storage/],
    ['a storage of another kind', inDict(tensor({ type: 'ComplexFloatStorage' })), /imports "torch\.ComplexFloatStorage"/],
    ['code beside the state dict', torchZip(pickle.dict({ state_dict: state(), x: pickle.global('os', 'system') })), /imports "os\.system"/],
    ['code in a legacy file', torchLegacy(pickle.dict({ a: tensor(), x: pickle.call(system, pickle.text('id')) })), /the object pickle .* imports "posix\.system"/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(refusal(message));
  });
});

it('refuses a small pickle that hands one long list over again and again', () => {
  const [put, get, pop] = [0x71, 0x68, 0x30];
  const pair = Buffer.concat([pickle.tuple(pickle.text('k'), pickle.none), pickle.raw(put, 0, pop)]);
  const args = Buffer.concat([pickle.tuple(pickle.list(...Array.from({ length: 2000 }, () => pickle.raw(get, 0)))), pickle.raw(put, 1, pop)]);
  const call = Buffer.concat([pickle.global('collections', 'OrderedDict'), pickle.raw(get, 1), Buffer.from('R'), pickle.raw(pop)]);
  expect(() => read(inDict(Buffer.concat([pair, args, ...Array.from({ length: 600 }, () => call), pickle.none])))).toThrow(refusal(/hands more than 1000000 values/));
});

describe('tensors that cannot be are refused', () => {
  it.each<[string, Parameters<typeof tensor>[0], RegExp]>([
    ['more elements than the storage', { shape: [5] }, /shape \[5\] at offset 0 of the storage "0", which reaches beyond its 4 elements/],
    ['an offset outside', { offset: 4, shape: [1] }, /at offset 4 .* beyond its 4/],
    ['a stride outside', { shape: [2, 2], strides: [3, 1] }, /reaches beyond/],
    ['a negative offset', { offset: -1 }, /not natural numbers/],
    ['a negative size', { shape: [-4] }, /not natural numbers/],
    ['a negative stride', { shape: [4], strides: [-1], offset: 3 }, /not natural numbers/],
    ['fewer strides than sizes', { shape: [2, 2], strides: [1] }, /not natural numbers of one length/],
    ['a size beyond 2^53', { shape: [2n ** 62n], strides: [0] }, /not natural numbers/],
    ['a product beyond 2^53', { shape: [2 ** 40, 2 ** 40], strides: [0, 0] }, /absurd shape/],
    ['65 dimensions', { shape: Array<number>(65).fill(1), strides: Array<number>(65).fill(1) }, /not natural numbers/],
    ['more elements than any network of ours, by stride 0', { shape: [2 ** 30], strides: [0] }, /more than 67108864 elements up to its entry "a"/],
    ['a storage count beyond 2^53', { count: 2n ** 60n }, /impossible number of elements/],
    ['a negative storage count', { count: -4 }, /impossible number of elements/],
    ['a storage that is larger than its entry', { count: 5 }, /has 16 bytes where its pickle says 20/],
    ['a storage that is smaller than its entry', { count: 3, shape: [3] }, /has 16 bytes where its pickle says 12/],
    ['a storage that is missing', { key: '../../etc/passwd' }, /no zip entry "archive\/data\/\.\.\/\.\.\/etc\/passwd"/],
  ])('%s', (_, view, message) => {
    expect(() => read(torchZip(state(tensor(view))))).toThrow(refusal(message));
  });

  it('one storage that is described in two ways', () => {
    expect(() => read(torchZip(pickle.dict({ a: tensor(), b: tensor({ type: 'IntStorage' }) })))).toThrow(refusal(/"0" in two ways/));
  });
});

describe('what is no state dict is refused', () => {
  it.each<[string, Buffer, RegExp]>([
    ['a list', pickle.list(tensor()), /holds a list where a state dict/],
    ['a tensor', tensor(), /holds a tensor where/],
    ['an empty dict', pickle.dict({}), /holds no tensors/],
    ['a number among the tensors', pickle.dict({ a: tensor(), epoch: pickle.int(3) }), /entry "epoch", which is a number/],
    ['a wrapper that nobody knows', pickle.dict({ ema: state() }), /entry "ema", which is a dict/],
  ])('%s', (_, object, message) => {
    expect(() => read(torchZip(object))).toThrow(refusal(message));
  });

  it('a dict that contains itself', () => {
    const endless = Buffer.concat([Buffer.from('}q\0'), pickle.text('model'), Buffer.from('h\0s')]);
    expect(() => read(torchZip(endless))).toThrow(refusal(/entry "model", which is a dict/));
  });
});

describe('pickles that take too much are refused', () => {
  it.each<[string, Buffer, RegExp]>([
    ['a text longer than the file', Buffer.from('X\xff\xff\xff\xff', 'latin1'), /4294967295 more bytes were announced/],
    ['bytes of 2^63', Buffer.concat([Buffer.of(0x8e), u64(2n ** 63n)]), /cut short or damaged/],
    ['a huge integer', Buffer.concat([Buffer.from('\x8b\xff\0\0\0', 'latin1'), Buffer.alloc(255)]), /integer of 255 bytes/],
    ['endless objects', Buffer.alloc(600_000, '}'), /takes more than 500000 steps/],
    ['an empty stack', Buffer.from('s'), /empty stack/],
    ['a mark that was not set', Buffer.from('t'), /mark that it has not set/],
    ['a memo that was not set', Buffer.from('h\x05'), /memo 5/],
    ['an item of a list', Buffer.concat([Buffer.from(']'), pickle.text('a'), pickle.text('b'), Buffer.from('s')]), /sets an item of a list/],
    ['no end', Buffer.from('N'.repeat(3)), /ends at byte/],
    ['a later protocol', Buffer.of(0x80, 6), /pickle protocol 6/],
  ])('%s', (_, code, message) => {
    const bytes = zip([{ name: 'archive/data.pkl', content: Buffer.concat([Buffer.of(0x80, 2), code]) }]);
    expect(() => read(bytes)).toThrow(refusal(message));
  });
});

describe('containers that lie are refused', () => {
  const good = pickle.whole(state());
  const data = { name: 'archive/data/0', content: floats(1, 2, 3, 4) };
  const main = { name: 'archive/data.pkl', content: good };
  it.each<[string, Buffer, RegExp]>([
    ['another zip', zip([{ name: 'word/document.xml', content: Buffer.from('<a/>') }]), /is a zip file, but not one of torch\.save/],
    ['two pickles', zip([main, { ...main, name: 'other/data.pkl' }, data]), /2 entries \*\/data\.pkl/],
    ['two entries of one name', zip([main, data, data]), /two zip entries named "archive\/data\/0"/],
    ['a compressed entry of a huge size', zip([main, { ...data, method: 8, size: 0xfffffff0 }]), /has 4294967280 bytes where its pickle says 16/],
    ['a compressed entry', zip([main, { ...data, method: 8 }]), /is compressed, which torch\.save never does/],
    ['a compressed pickle of a huge size', zip([{ ...main, method: 8, size: 0xfffffff0 }, data]), /has 4294967280 bytes; more than 8388608 are not accepted/],
    ['an encrypted entry', zip([main, { ...data, flags: 1 }]), /is encrypted/],
    ['a wrong checksum', zip([main, { ...data, crc: 1 }]), /has a wrong checksum/],
    ['an entry beyond the file', zip([main, { ...data, zip64: { size: 16n, offset: 2n ** 63n } }]), /should take 30 bytes from byte 9223372036854776000 on/],
    ['an entry at another place', zip([main, { ...data, zip64: { size: 16n, offset: 5n } }]), /does not begin where the zip directory says/],
    ['a size beyond the file', zip([main, { ...data, zip64: { size: 2n ** 40n, offset: 0n } }]), /has 1099511627776 bytes where its pickle says 16/],
    ['big-endian numbers', torchZip(state(), undefined, [{ name: 'archive/byteorder', content: Buffer.from('big') }]), /byte order "big"/],
    ['a zip64 directory at 2^63', Buffer.concat([zip([main, data]).subarray(0, -22), Buffer.from('PK\x06\x07\0\0\0\0'), u64(2n ** 63n), Buffer.alloc(4), zip([]).subarray(-22)]), /zip64 directory .* cut short or damaged/],
    ['a legacy file of another protocol', torchLegacy(state(), undefined, { protocol: 1000 }), /another protocol/],
    ['a big-endian legacy file', torchLegacy(state(), undefined, { littleEndian: false }), /not marked as little-endian/],
    ['a legacy file without the storage', torchLegacy(state(), {}), /lacks the storage "0"/],
    ['a legacy file with another count', torchLegacy(state(), { 0: { content: floats(1, 2, 3, 4), count: -1 } }), /has -1 elements where its pickle says 4/],
    ['a legacy file with another storage', torchLegacy(state(), { 7: { content: floats(1), count: 1 } }), /does not refer to/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(refusal(message));
  });

  it('storages that are too much together, before they fill the memory', () => {
    const keys = Array.from({ length: 100 }, (_, index) => `${index}`);
    const object = pickle.dict(Object.fromEntries(keys.map((key) => [key, tensor({ key, shape: [1] })])));
    writeFileSync(path, torchZip(object, Object.fromEntries(keys.map((key) => [key, floats(1, 2, 3, 4)]))));
    expect(() => readWeights(path, { storageBytes: 800 })).toThrow(refusal(/more than 800 bytes of storages up to its entry "50"/));
  });
});

describe('what is no weights file is refused', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', Buffer.alloc(0), /is empty; give a file of torch\.save.*\.pth.*or a safetensors file/],
    ['one byte', Buffer.of(0x80), /is a pickle, but not one of torch\.save; give/],
    ['a web page', Buffer.from('<!doctype html><title>404</title>'), /none of the formats .*; give a file of torch\.save/],
    ['a pickle of something else', pickle.whole(state()), /is a pickle, but not one of torch\.save/],
    ['only the signature of a zip', Buffer.from('PK\x03\x04'), /no zip directory at its end/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(refusal(message));
  });

  it('a folder, and a path where nothing is', () => {
    expect(() => readWeights(folder)).toThrow(refusal(/is no file/));
    expect(() => readWeights(join(folder, 'nothing.pth'))).toThrow(refusal(/nothing\.pth cannot be opened \(ENOENT/));
  });

  it('a safetensors file of more elements than allowed', () => {
    writeSafetensors(path, [{ name: 'a', dtype: 'U8', shape: [11], data: new Uint8Array(11) }]);
    expect(() => readWeights(path, { elements: 10 })).toThrow(refusal(/has 11 elements; more than 10/));
  });
});

describe('a damaged file gives its tensors or a sentence, never another error', () => {
  const views = pickle.dict({ a: tensor(), b: tensor({ shape: [2, 2], strides: [1, 2] }), c: tensor({ key: '1', type: 'HalfStorage', count: 2, shape: [2] }) });
  const storages = { 0: floats(1, 2, 3, 4), 1: Buffer.of(0, 0x3c, 0, 0x40) };
  const counts = { 0: { content: storages[0], count: 4 }, 1: { content: storages[1], count: 2 } };
  const read = (bytes: Uint8Array): boolean => {
    writeFileSync(path, bytes);
    try {
      readWeights(path);
      return true;
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
      return false;
    }
  };

  it.each([
    ['zip', torchZip(views, storages)],
    ['legacy', torchLegacy(views, counts)],
  ])('%s, cut at every length', (_, bytes) => {
    expect(read(bytes)).toBe(true);
    writeFileSync(path, bytes);
    for (let length = bytes.length - 1; length >= 0; length--) {
      truncateSync(path, length);
      expect(() => readWeights(path)).toThrow(WeightsError);
    }
  });

  it.each([
    ['zip', torchZip(views, storages)],
    ['legacy', torchLegacy(views, counts)],
  ])('%s, with every byte changed', (_, bytes) => {
    let refused = 0;
    for (const [at, byte] of bytes.entries()) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(byte ^ ([0xff, 0x01, 0x80][at % 3] ?? 0), at);
      if (!read(damaged)) refused++;
    }
    expect(refused).toBeGreaterThan(bytes.length / 3);
  });
});
