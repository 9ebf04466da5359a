import { noAugmentation, presets } from '@thaw/contract/presets';
import type { Augmentation, RunSpec } from '@thaw/contract/runSpec';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { erasingFeeds, rectanglesFor } from '../src/data/drawErasing.ts';
import { mixupFeeds } from '../src/data/drawMixup.ts';
import { Rng } from '../src/data/random.ts';
import { compileProgram, eagerProgram } from '../src/engine/program.ts';
import { erase } from '../src/model/erase.ts';
import { mix } from '../src/model/mix.ts';
import { Network, trainStepName } from '../src/train/network.ts';
import { loadModel } from '../src/train/networkState.ts';
import { LearningRate } from '../src/train/learningRate.ts';
import { updateFeed } from '../src/train/optimizer.ts';
import { formulaState } from './formulaWeights.ts';

const erasing: NonNullable<Augmentation['erasing']> = { probability: 1, scale: [0.02, 0.33], ratio: [0.3, 3.3] };

describe('what is taken out of a picture', () => {
  it('is the rectangles, ends not included, and nothing else', () => {
    const program = eagerProgram([], {
      step: {
        inputs: { images: { dtype: 'float32', shape: [2, 4, 4, 3] }, rectangles: { dtype: 'int32', shape: [2, 2, 4] } },
        body: ({ images, rectangles }) => ({ x: erase(images as never, rectangles as Tensor) }),
      },
    });
    // First picture: rows 1..2, columns 0..1 and, overlapping, row 2 alone; second picture: nothing, then its last pixel.
    const rectangles = Int32Array.of(1, 3, 0, 2, 0, 0, 0, 0, 2, 3, 0, 4, 3, 4, 3, 4);
    const x = program.run('step', { images: new Float32Array(96).fill(7), rectangles })['x'] as Float32Array;
    const rows = Array.from({ length: 8 }, (_, row) => Array.from({ length: 4 }, (_, column) => x[(row * 4 + column) * 3]).join(' '));
    expect(rows).toEqual(['7 7 7 7', '0 0 7 7', '0 0 0 0', '7 7 7 7', '7 7 7 7', '7 7 7 7', '7 7 7 7', '7 7 7 0']);
  });

  it("has random erasing's areas and aspects, and lies inside", () => {
    const drawn = Array.from({ length: 400 }, (_, image) => rectanglesFor({ ...noAugmentation, erasing }, 1, 1, image, 32)[0]);
    for (const { top, bottom, left, right } of drawn) {
      const [height, width] = [bottom - top, right - left];
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(Math.max(bottom, right)).toBeLessThanOrEqual(32);
      // Whole pixels round both.
      expect((height * width) / 1024).toBeGreaterThan(0.015);
      expect((height * width) / 1024).toBeLessThan(0.36);
      expect(height / width).toBeGreaterThan(0.2);
      expect(height / width).toBeLessThan(5);
    }
    expect(new Set(drawn.map((rectangle) => JSON.stringify(rectangle))).size).toBeGreaterThan(350);
    const rarely = Array.from({ length: 2000 }, (_, image) => rectanglesFor({ ...noAugmentation, erasing: { ...erasing, probability: 0.25 } }, 1, 1, image, 32)[0].bottom > 0);
    expect(rarely.filter(Boolean).length / 2000).toBeCloseTo(0.25, 1);
  });

  it("is cutout's square, cut off at the borders, the same for the same seed, epoch and image", () => {
    const spec = { ...noAugmentation, cutout: { size: 8 } };
    const areas = Array.from({ length: 500 }, (_, image) => rectanglesFor(spec, 3, 2, image, 32)[1]).map(({ top, bottom, left, right }) => (bottom - top) * (right - left));
    expect(Math.max(...areas)).toBe(64);
    expect(Math.min(...areas)).toBeGreaterThanOrEqual(16);
    expect(erasingFeeds(spec, 3, 2, Int32Array.of(5, 9), 32)).toEqual(erasingFeeds(spec, 3, 2, Int32Array.of(5, 9), 32));
    expect(erasingFeeds(spec, 3, 3, Int32Array.of(5, 9), 32)).not.toEqual(erasingFeeds(spec, 3, 2, Int32Array.of(5, 9), 32));
  });
});

describe('mixup', () => {
  it('mixes each picture with its partner by one share', () => {
    const program = eagerProgram([], {
      step: {
        inputs: { images: { dtype: 'float32', shape: [3, 1, 1, 1] }, partners: { dtype: 'int32', shape: [3] }, share: { dtype: 'float32', shape: [] } },
        body: ({ images, partners, share }) => ({ x: mix(images as never, partners as Tensor, share as Tensor) }),
      },
    });
    const feeds = { images: Float32Array.of(1, 2, 4), partners: Int32Array.of(2, 1, 0), share: Float32Array.of(0.75) };
    expect([...(program.run('step', feeds)['x'] as Float32Array)]).toEqual([1.75, 2, 3.25]);
  });

  it('draws its share from Beta(alpha, alpha): mean 1/2, variance 1/(8 alpha + 4)', () => {
    for (const alpha of [0.2, 1, 4]) {
      const draws = Array.from({ length: 20_000 }, (_, key) => new Rng(11, key).beta(alpha));
      const mean = draws.reduce((a, b) => a + b) / draws.length;
      expect(mean).toBeCloseTo(0.5, 1.7);
      expect(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length).toBeCloseTo(1 / (8 * alpha + 4), 2);
    }
  });

  it('gives the loss of both targets by their shares, and is drawn from seed, epoch and batch', () => {
    const mixup = { alpha: 1 };
    const spec: RunSpec = { ...presets.tutorial, data: { ...presets.tutorial.data, batchSize: 4, augmentation: { ...noAugmentation, mixup } }, schedule: { ...presets.tutorial.schedule, epochs: 1, freezeEpochs: 1 } };
    const network = new Network({ spec, classes: 10, storedSize: { height: 32, width: 32 }, normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }, batchSizes: [4] }, compileProgram);
    const update = Float32Array.from(updateFeed(spec.optimizer, 0, 1)); // rate 0: the network stays as it is
    const rng = new Rng(21);
    const images = new Uint8Array(4 * 3072).map(() => rng.below(256));
    const start = formulaState();
    const lossOf = (labels: number[], share: number) => {
      loadModel(network, start);
      const feeds = { images, labels: Int32Array.from(labels), partners: Int32Array.of(1, 0, 3, 2), share: Float32Array.of(share), 'update/head': update };
      return Number(network.program.run(trainStepName('frozen', 4), feeds)['metrics']?.[0]);
    };
    // The same mixed pictures with only their own targets, then with only their partners': the partner's target is its own.
    const [own, partners] = [lossOf([3, 3, 5, 5], 0.25), lossOf([1, 1, 8, 8], 0.25)];
    const both = lossOf([3, 1, 5, 8], 0.25);
    const mirrored = lossOf([1, 3, 8, 5], 0.25);
    expect(both + mirrored).toBeCloseTo(own + partners, 3);
    expect(lossOf([3, 1, 5, 8], 1)).not.toBeCloseTo(both, 3);
    network.program.close();
    const feeds = (...keys: [number, number, number]) => mixupFeeds({ ...noAugmentation, mixup }, ...keys, 64);
    expect(feeds(1, 2, 3)).toEqual(feeds(1, 2, 3));
    expect([...(feeds(1, 2, 3)['partners'] as Int32Array)].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, index) => index));
    for (const other of [feeds(2, 2, 3), feeds(1, 3, 3), feeds(1, 2, 4)]) expect(other).not.toEqual(feeds(1, 2, 3));
  });
});

describe('warm-up', () => {
  it('rises in a line over the first steps of the run, whatever the schedule', () => {
    const spec: RunSpec = { ...presets.tutorial, schedule: { ...presets.tutorial.schedule, warmupSteps: 4 } };
    const rate = new LearningRate(spec, 3);
    rate.beginEpoch(1);
    const rates = [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1]].map(([epoch, batch]) => rate.rateAt(epoch as number, batch as number));
    [0.25e-3, 0.5e-3, 0.75e-3, 1e-3, 1e-3].forEach((value, index) => expect(rates[index]).toBeCloseTo(value, 12));
  });
});
