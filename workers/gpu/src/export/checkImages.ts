import { Rng } from '../data/random.ts';

/** Some images to compare two networks on: uint8 [count,size,size,3], smooth waves in colour under noise that grows from image to image. */
export function checkImages(count: number, size: number): Uint8Array {
  const rng = new Rng(count, size);
  const pixels = new Uint8Array(count * size * size * 3);
  for (let image = 0, at = 0; image < count; image++) {
    const waves = Array.from({ length: 3 }, () => ({ x: 9 * rng.uniform(), y: 9 * rng.uniform(), phase: 6 * rng.uniform() }));
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        for (const { x, y, phase } of waves) {
          const smooth = 0.5 + 0.5 * Math.sin((x * column + y * row) / size + phase);
          const noise = (image / count) * (rng.uniform() - 0.5);
          pixels[at++] = Math.round(255 * Math.min(1, Math.max(0, smooth + noise)));
        }
  }
  return pixels;
}
