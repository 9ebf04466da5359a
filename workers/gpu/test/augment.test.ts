import { noAugmentation } from '@thaw/contract/presets';
import type { Augmentation } from '@thaw/contract/runSpec';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { augmentationFeeds, augmentationInputs, type Draw } from '../src/data/drawAugmentation.ts';
import { constant } from '../src/engine/ops.ts';
import { eagerProgram } from '../src/engine/program.ts';
import { tf } from '../src/engine/tensorflow.ts';
import { augment, normalise, toFloat } from '../src/model/augment.ts';
import { deflatedBytes, floats, largestDifference, picture, pictures } from './inputs.ts';
import chain from './vectors/chain.json' with { type: 'json' };
import colours from './vectors/colours.json' with { type: 'json' };
import geometry from './vectors/geometry.json' with { type: 'json' };

const still: Draw = { cropX: 0, cropY: 0, flip: false, angle: 0, order: ['brightness', 'contrast', 'saturation', 'hue'], brightness: 1, contrast: 1, saturation: 1, hue: 0 };
const fullJitter = { brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5 };

/** The augmentation of a batch of images of one size, as a training step applies it: float [N,S,S,3] in [0, 1]. */
function augmented(spec: Augmentation, draws: readonly Draw[], pixels: Uint8Array, size: number, finish: (x: Tensor4D) => Tensor = (x) => x): Float32Array {
  const program = eagerProgram([], {
    step: {
      inputs: { images: { dtype: 'uint8', shape: [draws.length, size, size, 3] }, ...augmentationInputs(spec, draws.length) },
      body: (inputs) => ({ x: finish(augment(toFloat(inputs['images'] as Tensor, size), spec, inputs)) }),
    },
  });
  return program.run('step', { images: pixels, ...augmentationFeeds(spec, draws, size) })['x'] as Float32Array;
}

const bytes = (values: Float32Array): number[] => Array.from(values, (value) => Math.round(value * 255));
/** One image as often as there are draws. */
const repeated = (pixels: Uint8Array, times: number): Uint8Array => Uint8Array.from({ length: pixels.length * times }, (_, index) => pixels[index % pixels.length] as number);

describe('crop and flip', () => {
  const spec = { ...noAugmentation, crop: { padding: 4 }, flip: 0.5 };

  it('is the window of the padded image at each of the 81 offsets', () => {
    const draws = Array.from({ length: 81 }, (_, index) => ({ ...still, cropX: index % 9, cropY: Math.floor(index / 9) }));
    const values = augmented(spec, draws, repeated(picture(32, 0), 81), 32);
    const sums = draws.map((_, index) => bytes(values.subarray(index * 3072, (index + 1) * 3072)).reduce((sum, value, position) => sum + value * ((position % 1009) + 1), 0));
    expect(sums).toEqual(geometry.crops);
  });

  it('pads with black before the normalisation: the border is (0 - mean) / std', () => {
    const x = augmented(spec, [still], new Uint8Array(3072).fill(255), 32, (x) => normalise(x, chain.mean, chain.std));
    const pixel = (row: number, column: number) => x.slice((row * 32 + column) * 3, (row * 32 + column) * 3 + 3);
    for (const [row, column] of [[0, 0], [3, 31], [31, 3]] as const) expect(largestDifference(pixel(row, column), [-2.429066, -2.418255, -2.221393])).toBeLessThan(1e-5);
    expect(largestDifference(pixel(4, 4), [2.514088, 2.59679, 2.753731])).toBeLessThan(1e-5);
  });

  it('mirrors left and right after the crop', () => {
    const cropped = augmented(spec, [{ ...still, cropX: 6, cropY: 3 }], picture(8, 0), 8);
    const flipped = augmented(spec, [{ ...still, cropX: 6, cropY: 3, flip: true }], picture(8, 0), 8);
    for (let row = 0; row < 8; row++)
      for (let column = 0; column < 8; column++)
        expect(Array.from(flipped.slice((row * 8 + column) * 3, (row * 8 + column) * 3 + 3))).toEqual(Array.from(cropped.slice((row * 8 + 7 - column) * 3, (row * 8 + 7 - column) * 3 + 3)));
  });

  it('leaves an image alone where nothing is drawn', () => {
    const middle = { ...still, cropX: 4, cropY: 4 };
    expect(bytes(augmented({ ...noAugmentation, crop: { padding: 4 }, flip: 0.5, rotation: 15, colorJitter: fullJitter }, [middle], picture(32, 1), 32))).toEqual([...picture(32, 1)]);
  });
});

describe('colour', () => {
  it.each(colours.single)("$operation by $factor is torchvision's", ({ operation, factor, image }) => {
    const draw = { ...still, [operation]: factor };
    expect(largestDifference(augmented({ ...noAugmentation, colorJitter: fullJitter }, [draw], picture(8, 0), 8), floats(image))).toBeLessThan(2e-6);
  });

  it("applies the four operations in each of their 24 orders, clamped after each, as torchvision does", () => {
    const draws = colours.orders.map(({ order }) => ({ ...still, ...colours.factors, order: order as Draw['order'] }));
    const values = augmented({ ...noAugmentation, colorJitter: fullJitter }, draws, repeated(picture(4, 1), 24), 4);
    colours.orders.forEach(({ order, image }, index) => expect(largestDifference(values.subarray(index * 48, (index + 1) * 48), floats(image)), order.join(' ')).toBeLessThan(3e-6));
  });

  it('takes a hue over the end of the circle, and white, black and grey have none', () => {
    const pixels = Uint8Array.of(255, 0, 40, 255, 255, 255, 0, 0, 0, 90, 90, 90);
    // Red with a little blue is at 0.974 of a turn: 0.1 further is 0.074, orange.
    const [red, green, blue, ...grey] = bytes(augmented({ ...noAugmentation, colorJitter: { ...fullJitter } }, [{ ...still, hue: 0.1 }], pixels, 2)) as [number, number, number, ...number[]];
    expect([red, green, blue]).toEqual([255, 113, 0]);
    expect(grey).toEqual([255, 255, 255, 0, 0, 0, 90, 90, 90]);
  });

  it('has no part in the graph for what is off', () => {
    const { hue, ...rest } = fullJitter;
    expect(Object.keys(augmentationInputs({ ...noAugmentation, colorJitter: { ...rest, hue: 0 } }, 2))).toEqual(['blend']);
    expect(Object.keys(augmentationInputs({ ...noAugmentation, colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue } }, 2))).toHaveLength(8);
    expect([augmentationInputs(null, 2), augmentationFeeds(null, [], 32), augmentationInputs(noAugmentation, 2)]).toEqual([{}, {}, {}]);
    expect(bytes(augmented({ ...noAugmentation, colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue } }, [{ ...still, hue: 0.5 }], Uint8Array.of(255, 0, 0), 1))).toEqual([0, 255, 255]);
  });
});

describe('rotation', () => {
  it.each(geometry.rotations)("by $angle degrees takes torchvision's pixels, 0 outside, on images of $size", ({ size, angle, columns, rows }) => {
    const [column, row] = [deflatedBytes(columns), deflatedBytes(rows)];
    // Red says which column a pixel comes from, green which row, blue that it is from inside.
    const source = Uint8Array.from({ length: size * size * 3 }, (_, index) => [Math.floor(index / 3) % size, Math.floor(index / 3 / size), 255][index % 3] as number);
    const turned = bytes(augmented({ ...noAugmentation, rotation: 180 }, [{ ...still, angle }], source, size));
    const wrong = Array.from({ length: size * size }, (_, pixel) => pixel).filter((pixel) => {
      const outside = column[pixel] === 255;
      const expected = outside ? [0, 0, 0] : [column[pixel], row[pixel], 255];
      return expected.some((value, channel) => value !== turned[pixel * 3 + channel]);
    });
    expect(wrong.map((pixel) => `${pixel % size},${Math.floor(pixel / size)}`)).toEqual([]);
  });
});

describe('the whole chain', () => {
  const spec = { ...noAugmentation, crop: { padding: chain.padding }, flip: 0.5, rotation: 15, colorJitter: { brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1 } };
  const draws = chain.draws as Draw[];
  const values = () => augmented(spec, draws, pictures(chain.size, 2), chain.size, (x) => normalise(x, chain.mean, chain.std));

  it("makes torchvision's images of two pictures with their own draws", () => {
    expect(largestDifference(values(), floats(chain.images))).toBeLessThan(2e-5);
  });

  it('gives a picture the same alone', () => {
    const length = chain.size * chain.size * 3;
    const alone = augmented(spec, draws.slice(1), pictures(chain.size, 2).subarray(length), chain.size, (x) => normalise(x, chain.mean, chain.std));
    expect(largestDifference(alone, values().subarray(length))).toBeLessThan(1e-5);
  });
});

describe('resizing', () => {
  it.each(geometry.resizes)("from $source to $size is torchvision's, antialiased where it shrinks", ({ source, size, topLeft, bottomRight }) => {
    const values = tf.tidy(() => {
      const x = toFloat(constant('uint8', [1, source, source, 3], picture(source, 0)), size);
      expect(x.shape).toEqual([1, size, size, 3]);
      return [tf.slice(x, [0, 0, 0, 0], [1, 16, 16, 3]), tf.slice(x, [0, size - 8, size - 8, 0], [1, 8, 8, 3])].map((part) => part.dataSync<'float32'>());
    });
    expect(largestDifference(values[0] ?? [], floats(topLeft))).toBeLessThan(1e-5);
    expect(largestDifference(values[1] ?? [], floats(bottomRight))).toBeLessThan(1e-5);
  });

  it('scales each axis by itself, and leaves an image of the right size alone', () => {
    tf.tidy(() => {
      const ramp = Uint8Array.from({ length: 48 * 16 * 3 }, (_, index) => Math.floor(index / 3) % 16);
      const x = toFloat(constant('uint8', [1, 48, 16, 3], ramp), 32).dataSync<'float32'>();
      // Columns 16 to 32: a ramp of half the slope, held at the ends.
      const row = Array.from({ length: 32 }, (_, column) => (x[(5 * 32 + column) * 3] as number) * 255);
      row.forEach((value, column) => expect(value).toBeCloseTo(Math.min(15, Math.max(0, (column + 0.5) / 2 - 0.5)), 3));
      expect(bytes(toFloat(constant('uint8', [1, 32, 32, 3], picture(32, 0)), 32).dataSync<'float32'>())).toEqual([...picture(32, 0)]);
    });
  });
});

describe('normalisation', () => {
  it('is by channel', () => {
    const shades = Uint8Array.of(0, 0, 0, 128, 128, 128, 255, 255, 255, 0, 0, 0);
    const of = (mean: number[], std: number[]) => tf.tidy(() => normalise(toFloat(constant('uint8', [1, 2, 2, 3], shades), 2), mean, std).dataSync<'float32'>().slice(0, 9));
    expect(largestDifference(of([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201]), [-2.429066, -2.418255, -2.221393, 0.052204, 0.099101, 0.275924, 2.514088, 2.59679, 2.753731])).toBeLessThan(2e-6);
    expect(largestDifference(of([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]), [-1.989474, -1.980288, -1.706804, 0.042756, 0.081153, 0.212006, 2.059109, 2.126489, 2.115826])).toBeLessThan(2e-6);
  });
});
