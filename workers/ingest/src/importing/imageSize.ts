import type { DecoderPool } from '../decode/decoderPool.ts';

/** Sizes of a sample that is spread evenly over all images, however many come. */
export interface SizeSample {
  /** Whether the next image belongs to the sample. To be asked once an image. */
  wants(): boolean;
  add(bytes: Uint8Array): Promise<void>;
  /** The side that squares should have, in pixels, where nobody has chosen one. */
  side(): Promise<number>;
}

const mostMeasured = 256;
/** What a ResNet was made for; 32 is the smallest that it takes. */
const usualSide = 224;
const smallestSide = 32;

export function createSizeSample(pool: DecoderPool): SizeSample {
  let stride = 1;
  let seen = 0;
  let measured: Promise<number | null>[] = [];
  return {
    wants: () => seen++ % stride === 0,
    add: async (bytes) => {
      await pool.room();
      const measuring = pool.measure(bytes).then((size) => (size === null ? null : Math.min(size.width, size.height)));
      measuring.catch(() => undefined);
      measured.push(measuring);
      if (measured.length < mostMeasured) return;
      measured = measured.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    side: async () => {
      await pool.settled();
      const sides = (await Promise.all(measured)).filter((side) => side !== null).sort((a, b) => a - b);
      const median = sides[Math.floor(sides.length / 2)] ?? usualSide;
      return Math.min(usualSide, Math.max(smallestSide, median));
    },
  };
}
