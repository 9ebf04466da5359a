import { decodeImage } from '@thaw/pictures/decodeImage';
import { fitSquare } from '@thaw/prediction/fitSquare';
import type { PictureKind } from '@thaw/prediction/shrinkAsDecoders';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

/** Waves and noise, so that nothing is flat. */
function picture(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0, noise = 7; at < data.length; at++) {
    noise = (noise * 1103515245 + 12345) & 0x7fffffff;
    const [x, y, channel] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3];
    data[at] = Math.min(255, Math.max(0, 128 + 80 * Math.sin(x / (9 + channel)) * Math.cos(y / 13) + ((noise >> 16) % 41) - 20));
  }
  return data;
}

const sizes = [
  [1280, 800, 32],
  [333, 517, 64],
  [65, 64, 64],
  [128, 128, 32],
  [900, 700, 256],
  [20, 20, 32],
  [31, 17, 64],
  [500, 40, 64],
] as const;
const sharpOf = (width: number, height: number) => sharp(picture(width, height), { raw: { width, height, channels: 3 } });

describe('a picture without libvips', () => {
  it.each(sizes)('of %i x %i becomes the same bytes at side %i', async (width, height, side) => {
    const { pixels } = await decodeImage(await sharpOf(width, height).png().toBuffer(), side, { pixels: 1e7 });
    expect(Buffer.compare(fitSquare({ data: picture(width, height), width, height }, side), pixels)).toBe(0);
  });

  it.each(sizes.flatMap(([width, height, side]) => (['jpeg', 'webp'] as const).map((kind): [PictureKind & ('jpeg' | 'webp'), number, number, number] => [kind, width, height, side])))(
    'from %s, of %i x %i, comes near at side %i',
    async (kind, width, height, side) => {
      const file = await sharpOf(width, height)[kind]({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
      const { pixels } = await decodeImage(file, side, { pixels: 1e7 });
      const square = fitSquare({ data: await sharp(file).raw().toBuffer(), width, height }, side, kind);
      const mean = square.reduce((sum, value, at) => sum + Math.abs(value - (pixels[at] as number)), 0) / square.length;
      expect(mean).toBeLessThan(2.5);
    },
  );
});
