import { noAugmentation, presets } from '@thaw/contract/presets';
import type { Augmentation } from '@thaw/contract/runSpec';
import { describe, expect, it } from 'vitest';
import { drawFor } from '../src/data/drawAugmentation.ts';
import { Rng } from '../src/data/random.ts';

const spec = presets.tutorial.data.augmentation as Augmentation;
const many = 24_000;
const draws = Array.from({ length: many }, (_, image) => drawFor(spec, 7, 3, image));

/** How far counts are from uniform, as chi-squared over its degrees of freedom: about 1 for chance. */
function unevenness(values: readonly (string | number)[], kinds: number): number {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect(counts.size).toBe(kinds);
  const mean = values.length / kinds;
  return [...counts.values()].reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0) / (kinds - 1);
}

describe('the draws of an augmentation', () => {
  it("fill torchvision's ranges evenly", () => {
    const ranges = { brightness: [0.8, 1.2], contrast: [0.8, 1.2], saturation: [0.8, 1.2], hue: [-0.1, 0.1], angle: [-15, 15] } as const;
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const values = draws.map((draw) => draw[name as keyof typeof ranges]);
      expect(Math.min(...values), name).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values), name).toBeLessThanOrEqual(high);
      const tenths = values.map((value) => Math.min(9, Math.floor((10 * (value - low)) / (high - low))));
      expect(unevenness(tenths, 10), name).toBeLessThan(3);
    }
  });

  it('meet all 81 crops, both flips and all 24 orders equally often', () => {
    expect(unevenness(draws.map(({ cropX, cropY }) => cropX * 9 + cropY), 81)).toBeLessThan(1.6);
    expect(unevenness(draws.map(({ flip }) => Number(flip)), 2)).toBeLessThan(7);
    expect(unevenness(draws.map(({ order }) => order.join()), 24)).toBeLessThan(2);
    expect(draws.every(({ cropX, cropY }) => cropX >= 0 && cropX <= 8 && cropY >= 0 && cropY <= 8 && Number.isInteger(cropX + cropY))).toBe(true);
  });

  it('are each independent of the others', () => {
    const series = [draws.map(({ cropX }) => cropX), draws.map(({ cropY }) => cropY), draws.map(({ flip }) => Number(flip)), draws.map(({ angle }) => angle), draws.map(({ brightness }) => brightness), draws.map(({ hue }) => hue)];
    const next = series.map((values) => [...values.slice(1), values[0] as number]);
    series.forEach((one, i) => {
      series.forEach((other, j) => i < j && expect(Math.abs(correlation(one, other)), `${i} and ${j}`).toBeLessThan(0.03));
      // Neighbouring images, the same draw.
      expect(Math.abs(correlation(one, next[i] as number[])), `${i} and the next image's`).toBeLessThan(0.03);
    });
  });

  it('depend on seed, epoch and image, and on nothing else', () => {
    expect(drawFor(spec, 7, 3, 11)).toEqual(draws[11]);
    for (const [seed, epoch, image] of [[8, 3, 11], [7, 4, 11], [7, 3, 12], [3, 7, 11], [7, 11, 3]] as const) expect(drawFor(spec, seed, epoch, image)).not.toEqual(draws[11]);
    // What one image meets over the epochs is new each time.
    expect(new Set(Array.from({ length: 1000 }, (_, epoch) => drawFor(spec, 7, epoch, 11).angle)).size).toBe(1000);
  });

  it('are nothing where an operation is off', () => {
    expect(drawFor(noAugmentation, 7, 3, 11)).toMatchObject({ cropX: 0, cropY: 0, flip: false, brightness: 1, contrast: 1, saturation: 1 });
    expect(Array.from({ length: 100 }, (_, image) => drawFor({ ...spec, flip: 1 }, 7, 3, image).flip)).not.toContain(false);
  });

  it('are the same on every machine and in every version: runs must stay repeatable', () => {
    expect(drawFor(spec, 0, 1, 0)).toMatchInlineSnapshot(`
      {
        "angle": 11.733936597593129,
        "brightness": 0.8235037575475872,
        "contrast": 1.1087452131323516,
        "cropX": 1,
        "cropY": 7,
        "flip": true,
        "hue": 0.01372922738082707,
        "order": [
          "brightness",
          "contrast",
          "hue",
          "saturation",
        ],
        "saturation": 1.1205461923964322,
      }
    `);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) => x.reduce((sum, value, index) => sum + (value - mx) * ((y[index] as number) - my), 0);
  return product(a, meanA, b, meanB) / Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
}

describe('the generator', () => {
  it('gives a normal distribution', () => {
    const rng = new Rng(1, 2);
    const values = Array.from({ length: 20_000 }, () => rng.normal());
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    expect([moment(1), moment(2), moment(3), moment(4)].map((value, index) => Math.abs(value - ([0, 1, 0, 3][index] as number)) < 0.15)).toEqual([true, true, true, true]);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('shuffles every permutation equally often, in place', () => {
    const rng = new Rng(5);
    expect(unevenness(Array.from({ length: 12_000 }, () => rng.shuffle([0, 1, 2, 3]).join('')), 24)).toBeLessThan(2);
    const items = Int32Array.of(4, 5, 6);
    expect(rng.shuffle(items)).toBe(items);
    expect([...items].sort()).toEqual([4, 5, 6]);
  });
});
