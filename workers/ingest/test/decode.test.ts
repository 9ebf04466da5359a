import { readdirSync, readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Color, type Sharp } from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { createDecoderPool, type DecoderPool } from '../src/decode/decoderPool.ts';
import { decodeImage, type DecodedPicture } from '@thaw/pictures/decodeImage';
import { encode, picture, pixelAt, scene } from './fixtures/pictures.ts';

const limits = { pixels: 50_000_000 };
const decode = (bytes: Uint8Array, side = 32): Promise<DecodedPicture> => decodeImage(bytes, side, limits);
const flat = (width: number, height: number, background: Color, channels: 3 | 4 = 3): Sharp => sharp({ create: { width, height, channels, background } });

/** Left half one colour, right half another. */
async function halves(width: number, height: number, left: Color, right: Color): Promise<Sharp> {
  const half = await flat(width / 2, height, right).png().toBuffer();
  return sharp(await flat(width, height, left).composite([{ input: half, left: width / 2, top: 0 }]).png().toBuffer());
}

describe('an image', () => {
  test('of the stored size keeps its bytes', async () => {
    const pixels = await scene(1, 32);
    for (const format of ['png', 'tiff'] as const) expect(Buffer.from((await decode(await encode(pixels, 32, 32, format))).pixels).equals(pixels)).toBe(true);
  });

  test('of another size has its short side scaled and its middle cut out', async () => {
    const wide = await halves(128, 64, 'red', 'blue');
    const { pixels, width, height } = await decode(await wide.png().toBuffer());
    expect([width, height]).toEqual([128, 64]);
    expect([pixelAt(pixels, 32, 2, 16), pixelAt(pixels, 32, 29, 16)]).toEqual([[255, 0, 0], [0, 0, 255]]);
    expect((await decode(await picture(1, 8))).issues).toEqual(['tiny_images']);
    expect((await decode(await encode(await scene(1, 160), 400, 64))).issues).toEqual(['extreme_shapes']);
  });

  test('is turned upright by its EXIF orientation', async () => {
    const turned = await (await halves(64, 32, 'red', 'blue')).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const { pixels, width, height, issues } = await decode(turned);
    expect([width, height, issues]).toEqual([32, 64, ['orientation_applied']]);
    const [top, bottom] = [pixelAt(pixels, 32, 16, 1), pixelAt(pixels, 32, 16, 30)] as [number[], number[]];
    expect((top[0] as number) > 240 && (bottom[2] as number) > 240).toBe(true);
  });

  test('in CMYK becomes sRGB', async () => {
    const { pixels, issues } = await decode(await flat(32, 32, 'red').toColourspace('cmyk').jpeg().toBuffer());
    const [red, green, blue] = pixelAt(pixels, 32, 16, 16) as [number, number, number];
    expect([red > 200, green < 30, blue < 30, issues]).toEqual([true, true, true, ['colors_converted']]);
  });

  test('with a colour profile becomes sRGB', async () => {
    const { pixels, issues } = await decode(await flat(32, 32, { r: 0, g: 200, b: 0 }).withIccProfile('p3').png().toBuffer());
    expect(issues).toEqual(['colors_converted']);
    const [red, green, blue] = pixelAt(pixels, 32, 16, 16) as [number, number, number];
    expect(Math.max(red, Math.abs(green - 200), blue)).toBeLessThan(6);
  });

  test('with 16 bits is scaled, in grey gets three channels', async () => {
    const values = Uint16Array.from({ length: 32 * 32 }, (_, at) => (at % 32 < 16 ? 0x8000 : 0xffff));
    const deep = await sharp(values, { raw: { width: 32, height: 32, channels: 1 } }).toColourspace('grey16').png().toBuffer();
    const { pixels, issues } = await decode(deep);
    expect([pixelAt(pixels, 32, 1, 1), pixelAt(pixels, 32, 30, 1), issues]).toEqual([[128, 128, 128], [255, 255, 255], ['colors_converted']]);
  });

  test('that is transparent is put on white, also where a palette or grey is', async () => {
    const half = { r: 255, g: 0, b: 0, alpha: 128 / 255 };
    const clear = { r: 0, g: 255, b: 0, alpha: 0 };
    expect(pixelAt((await decode(await flat(32, 32, half, 4).png().toBuffer())).pixels, 32, 9, 9)).toEqual([255, 127, 127]);
    const palette = await decode(await flat(32, 32, clear, 4).png({ palette: true }).toBuffer());
    expect([pixelAt(palette.pixels, 32, 9, 9), palette.issues]).toEqual([[255, 255, 255], ['transparency_flattened']]);
    const grey = await sharp(Buffer.alloc(32 * 32 * 2, Buffer.from([100, 51])), { raw: { width: 32, height: 32, channels: 2 } }).png().toBuffer();
    expect(pixelAt((await decode(grey)).pixels, 32, 9, 9)).toEqual([224, 224, 224]);
    expect((await decode(await flat(32, 32, { r: 1, g: 2, b: 3, alpha: 1 }, 4).png().toBuffer())).issues).toEqual([]);
  });

  test('that moves gives its first frame', async () => {
    const frames = await Promise.all(['red', 'lime', 'blue'].map((color) => flat(32, 32, color).png().toBuffer()));
    for (const format of ['gif', 'webp'] as const) {
      const moving = await sharp(frames, { join: { animated: true } }).toFormat(format, { lossless: true }).toBuffer();
      const { pixels, issues } = await decode(moving);
      expect([pixelAt(pixels, 32, 5, 5), issues]).toEqual([[255, 0, 0], ['first_frame_used']]);
    }
  });

  test('is known by its content, and may have bytes after its end', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const) expect((await decode(Buffer.concat([await encode(await scene(2, 32), 32, 32, format), Buffer.from('more')]))).width).toBe(32);
    expect((await decode(await flat(32, 32, 'red').avif().toBuffer())).width).toBe(32);
  });
});

describe('refused, with a reason of its own', () => {
  const ftyp = (brand: string, ...others: string[]): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(16 + 4 * others.length);
    return Buffer.concat([size, Buffer.from(`ftyp${brand}\0\0\0\0${others.join('')}`), Buffer.alloc(64)]);
  };
  const chunk = (type: string, data: Buffer): Buffer => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const bomb = (): Buffer => {
    const header = Buffer.from('00000000000000000802000000', 'hex');
    header.writeUInt32BE(60_000, 0);
    header.writeUInt32BE(60_000, 4);
    return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(1000))), chunk('IEND', Buffer.alloc(0))]);
  };
  test.each<[string, () => Buffer | Promise<Buffer>, string, string]>([
    ['nothing', () => Buffer.alloc(0), 'empty_file', 'empty'],
    ['a web page', () => Buffer.from('<!DOCTYPE html><html></html>'), 'not_an_image', 'web page'],
    ['text', () => Buffer.from('hello'), 'not_an_image', 'text'],
    ['an archive', () => Buffer.from('PK\x03\x04 and more'), 'not_an_image', 'zip'],
    ['a video', () => ftyp('isom', 'mp42'), 'not_an_image', 'video'],
    ['HEIC', () => ftyp('heic', 'mif1', 'heic'), 'heic_unsupported', 'Export the photo as JPEG'],
    ['HEIC of another brand', () => ftyp('mif1', 'miaf'), 'heic_unsupported', 'HEIC'],
    ['SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'svg_unsupported', 'SVG'],
    ['SVG with a declaration', () => Buffer.from('\ufeff<?xml version="1.0"?>\n<!-- x --><svg/>'), 'svg_unsupported', 'SVG'],
    ['PSD', () => Buffer.from('8BPS\0\x01'), 'format_unsupported', 'PSD'],
    ['JPEG 2000', () => Buffer.from('0000000c6a5020200d0a870a', 'hex'), 'format_unsupported', 'JPEG 2000'],
    ['BMP', () => Buffer.from('BM and more'), 'format_unsupported', 'BMP'],
    ['a PNG that was cut off', async () => (await picture(3, 64)).subarray(0, -200), 'truncated', 'cut off'],
    ['a JPEG that was cut off', async () => (await encode(await scene(3, 64), 64, 64, 'jpeg')).subarray(0, 500), 'truncated', 'cut off'],
    ['a PNG that declares 3.6 gigapixels', bomb, 'too_many_pixels', 'pixels'],
  ])('%s', async (_, make, code, words) => {
    await expect(decode(await make())).rejects.toMatchObject({ name: 'Quarantined', code, message: expect.stringContaining(words) });
  });
});

describe('decoders', () => {
  let pool: DecoderPool | undefined;
  afterEach(() => pool?.close());
  const children = (): number[] =>
    readdirSync(`/proc/${process.pid}/task`).flatMap((task) => readFileSync(`/proc/${process.pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  /** Takes a while to decode. */
  const slow = async (): Promise<Buffer> => sharp(await scene(5, 64), { raw: { width: 64, height: 64, channels: 3 } }).resize(5000, 5000).png({ compressionLevel: 1 }).toBuffer();

  test('give the same as in this process, with marks', async () => {
    pool = createDecoderPool(2, { ...limits, secondsPerImage: 30 });
    const bytes = await picture(4, 50);
    const here = await decodeImage(bytes, 32, limits);
    const there = await pool.decode(bytes, 32);
    expect(there).toMatchObject({ kind: 'picture', width: 50, height: 50, issues: [], sha256: expect.stringMatching(/^[0-9a-f]{64}$/), phash: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(there.kind === 'picture' && Buffer.from(there.pixels).equals(Buffer.from(here.pixels))).toBe(true);
    expect(await pool.measure(bytes)).toEqual({ width: 50, height: 50 });
    expect(await pool.decode(Buffer.from('text'), 32)).toMatchObject({ kind: 'refused', code: 'not_an_image' });
    expect(await pool.measure(Buffer.from('text'))).toBeNull();
  });

  test.runIf(process.platform === 'linux')('one that is killed costs one image, and another takes its place', async () => {
    pool = createDecoderPool(1, { ...limits, secondsPerImage: 30 });
    const good = await picture(6);
    expect(await pool.decode(good, 32)).toMatchObject({ kind: 'picture' });
    const [first] = children() as [number];
    const results = [pool.decode(await slow(), 32), pool.decode(good, 32), pool.decode(good, 32)];
    process.kill(first, 'SIGKILL');
    expect((await Promise.all(results)).map((result) => (result.kind === 'refused' ? result.code : result.kind))).toEqual(['decoder_crashed', 'picture', 'picture']);
    expect(children()).not.toContain(first);
  });

  test('one that takes too long costs one image', async () => {
    pool = createDecoderPool(1, { ...limits, secondsPerImage: 0.05 });
    const result = await pool.decode(await slow(), 32);
    expect(result).toMatchObject({ kind: 'refused', code: 'too_slow' });
  });
});
