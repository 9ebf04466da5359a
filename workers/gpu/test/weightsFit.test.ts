import { describe, expect, it } from 'vitest';
import { fitStateDict } from '../src/weights/fitStateDict.ts';
import type { StateTensor } from '../src/weights/stateDict.ts';

const shapes: Record<string, readonly number[]> = {
  'conv1.weight': [2, 3, 1, 1],
  'bn1.running_var': [2],
  'bn1.num_batches_tracked': [],
  'fc.weight': [10, 4],
  'fc.bias': [10],
};
const expected = new Map(Object.entries(shapes));
/** A state of the expected shapes but for `changes`; undefined leaves an entry out. */
const stateWith = (changes: Record<string, readonly number[] | undefined> = {}): Map<string, StateTensor> =>
  new Map(
    Object.entries({ ...shapes, ...changes }).flatMap(([name, shape]) =>
      shape ? [[name, { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(5) }]] : [],
    ),
  );
const fit = (changes?: Record<string, readonly number[] | undefined>) => fitStateDict(stateWith(changes), expected, 10);

describe('fitStateDict', () => {
  it('takes a state of the right names and shapes whole, in the order of the network', () => {
    const { state, headKept } = fitStateDict(new Map([...stateWith()].reverse()), expected, 10);
    expect(headKept).toBe(true);
    expect([...state.keys()]).toEqual([...expected.keys()]);
  });

  it('leaves out a head of another number of classes, and says so', () => {
    const { state, headKept } = fit({ 'fc.weight': [1000, 4], 'fc.bias': [1000] });
    expect(headKept).toBe(false);
    expect([...state.keys()]).toEqual(['conv1.weight', 'bn1.running_var', 'bn1.num_batches_tracked']);
  });

  it('counts no batches where the file does not say how many there were', () => {
    expect(fit({ 'bn1.num_batches_tracked': undefined }).state.get('bn1.num_batches_tracked')).toEqual({ shape: [], data: Float32Array.of(0) });
    expect(fit().state.get('bn1.num_batches_tracked')?.data).toEqual(Float32Array.of(5));
  });

  it.each<[string, Record<string, readonly number[] | undefined>, RegExp]>([
    ['a missing entry', { 'bn1.running_var': undefined }, /do not fit the network: missing: "bn1\.running_var"\.$/],
    ['an unexpected entry', { 'layer9.weight': [1] }, /: unexpected: "layer9\.weight"\.$/],
    ['a transposed entry', { 'conv1.weight': [1, 1, 3, 2] }, /of another shape: "conv1\.weight" is \[1, 1, 3, 2\] instead of \[2, 3, 1, 1\]/],
    ['a head without bias', { 'fc.bias': undefined }, /missing: "fc\.bias"/],
    ['a head of another width', { 'fc.weight': [1000, 8], 'fc.bias': [1000] }, /"fc\.weight" is \[1000, 8\] instead of \[10, 4\], "fc\.bias" is/],
    ['a head whose parts disagree', { 'fc.weight': [1000, 4] }, /"fc\.weight" is \[1000, 4\]/],
    ['all kinds of faults', { 'conv1.weight': undefined, extra: [1], 'bn1.running_var': [3] }, /missing: "conv1\.weight"; unexpected: "extra"; of another shape: "bn1/],
  ])('refuses %s by name', (_, changes, message) => {
    expect(() => fit(changes)).toThrow(expect.objectContaining({ name: 'WeightsError', message: expect.stringMatching(message) }));
  });

  it('names the first entries of another network and counts the rest', () => {
    const state = new Map(Array.from({ length: 300 }, (_, index) => [`blocks.${index}`, { shape: [1], data: new Float32Array(1) }] as const));
    expect(() => fitStateDict(state, expected, 10)).toThrow(/unexpected: "blocks\.0", .*"blocks\.7" and 292 more/);
  });
});
