import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@thaw/formats/writeSafetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { readWeights } from '../src/weights/readWeights.ts';
import { floats, orderedDict, pickle, tensor, torchLegacy, torchZip } from './torchFiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'thaw-weights-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const saved = (name: string): string => join(import.meta.dirname, 'fixtures', 'weights', name);
const contentOf = (path: string) => Object.fromEntries([...readWeights(path)].map(([name, { shape, data }]) => [name, [[...shape], [...data]]]));

function written(bytes: Buffer): string {
  const path = join(folder, 'weights.bin');
  writeFileSync(path, bytes);
  return path;
}

const counted = (count: number, start = 0): number[] => Array.from({ length: count }, (_, index) => start + index);
/** What fixtures/weights/make.py has put into each. */
const state = {
  'conv.weight': [[2, 1, 2, 2], counted(8)],
  'bn.weight': [[2], [10, 11]],
  'bn.bias': [[2], [20, 21]],
  'bn.running_mean': [[2], [30, 31]],
  'bn.running_var': [[2], [40, 41]],
  'bn.num_batches_tracked': [[], [7]],
};

describe('files of torch.save', () => {
  it.each(['zip.pth', 'legacy.pth', 'protocol4.pth'])('are read by content: %s', (name) => {
    expect(contentOf(saved(name))).toEqual(state);
    expect([...readWeights(saved(name)).keys()]).toEqual(Object.keys(state));
  });

  it('give the state dict out of a checkpoint with epoch, optimiser and module. before the names', () => {
    expect(contentOf(saved('wrapped.pth'))).toEqual(state);
  });

  it.each(['views.pth', 'views_legacy.pth'])('give views as torch sees them, whatever their strides and the storage they share: %s', (name) => {
    expect(contentOf(saved(name))).toEqual({
      base: [[24], counted(24)],
      transposed: [[4, 2, 3], counted(24).map((slot) => (slot % 6) * 4 + Math.floor(slot / 6))],
      sliced: [[4], [5, 6, 7, 8]],
      every_second: [[4, 3], counted(12).map((slot) => 2 * slot)],
      expanded: [[2, 3], [3, 3, 3, 3, 3, 3]],
      scalar: [[], [7]],
      empty: [[0], []],
      parameter: [[2], [2, 3]],
    });
  });

  it('become float32 from every element type', () => {
    const kinds = ['float16', 'bfloat16', 'float32', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8'];
    expect(contentOf(saved('dtypes.pth'))).toEqual({
      ...Object.fromEntries(kinds.map((kind) => [kind, [[3, 2], [0, 100, 1, 3, 2, 4]]])),
      bool: [[3, 2], [0, 1, 1, 1, 1, 1]],
    });
    expect([...(readWeights(saved('half.pth')).get('half')?.data ?? [])]).toEqual([65504, -(2 ** -24), Infinity, -0, 1638 * 2 ** -14]);
  });

  it('are refused where they hold a whole module, by the name of its class', () => {
    expect(() => readWeights(saved('module.pth'))).toThrow(/imports "torch\.nn\.modules\.container\.Sequential", which is not allowed.*torch\.save\(model\.state_dict\(\), file\)/);
  });

  it('lend the bytes of the file to float32 tensors instead of copying them', () => {
    const entries = { a: tensor({ shape: [2] }), b: tensor({ offset: 2, shape: [2] }) };
    const weights = readWeights(written(torchZip(pickle.dict(entries))));
    expect(weights.get('a')?.data.buffer).toBe(weights.get('b')?.data.buffer);
    expect(weights.get('b')?.data).toEqual(Float32Array.of(3, 4));
  });

  it('read no storage that the state dict does not use', () => {
    const object = pickle.dict({ model: pickle.dict({ a: tensor() }), optimizer: pickle.dict({ m: tensor({ key: 'missing', count: 10n ** 12n, shape: [1] }) }) });
    expect(contentOf(written(torchZip(object)))).toEqual({ a: [[4], [1, 2, 3, 4]] });
  });

  it('keep a prefix that only some names have', () => {
    const object = pickle.dict({ 'module.a': tensor(), b: tensor() });
    expect([...readWeights(written(torchZip(object))).keys()]).toEqual(['module.a', 'b']);
  });

  it('may carry attributes of the dict, an OrderedDict of pairs, and checksums that were not computed', () => {
    const pairs = pickle.call(pickle.global('collections', 'OrderedDict'), pickle.list(pickle.list(pickle.text('a'), tensor())));
    const object = pickle.build(pairs, pickle.dict({ _metadata: orderedDict }));
    expect(contentOf(written(torchZip(object)))).toEqual({ a: [[4], [1, 2, 3, 4]] });
    expect(contentOf(written(torchLegacy(object)))).toEqual({ a: [[4], [1, 2, 3, 4]] });
  });
});

describe('safetensors files', () => {
  it('are read with halves as float32 and prefixes taken off', () => {
    const path = join(folder, 'weights.pth');
    writeSafetensors(path, [
      { name: 'module.half', dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      { name: 'module.brain', dtype: 'BF16', shape: [1], data: Uint16Array.of(0x4049) },
      { name: 'module.double', dtype: 'F64', shape: [1, 1], data: Float64Array.of(0.5) },
      { name: 'module.single', dtype: 'F32', shape: [2], data: Float32Array.of(NaN, 1) },
      { name: 'module.tracked', dtype: 'I64', shape: [], data: BigInt64Array.of(9n) },
    ]);
    expect(contentOf(path)).toEqual({
      half: [[2], [1, -2]],
      brain: [[1], [3.140625]],
      double: [[1, 1], [0.5]],
      single: [[2], [NaN, 1]],
      tracked: [[], [9]],
    });
  });

  it('tell of their own faults as faults of weights', () => {
    const header = Buffer.from('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
    const prefix = Buffer.alloc(8);
    prefix.writeUInt8(header.length);
    expect(() => readWeights(written(Buffer.concat([prefix, header, floats(1)])))).toThrow(
      expect.objectContaining({ name: 'WeightsError', message: expect.stringMatching(/has 4 bytes of data where its header describes 8/) }),
    );
  });
});
