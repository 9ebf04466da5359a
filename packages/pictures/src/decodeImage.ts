import type { ImageIssue } from '@thaw/contract/report';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { Quarantined } from './quarantined.ts';
import { imageFormat, type ImageFormat } from './imageFormat.ts';

export interface DecodeLimits {
  /** Of one image, before it is decoded. */
  pixels: number;
}

/** Width and height of an original in pixels, upright. */
export interface PictureSize {
  width: number;
  height: number;
}

export interface DecodedPicture extends PictureSize {
  /** u8 [side, side, 3], sRGB. */
  pixels: Uint8Array;
  /** What was done to it, and what it is like. */
  issues: ImageIssue[];
}

/** Smaller than this on a side: tiny. */
const tinySide = 32;
/** How profiles of sRGB call themselves: old ones in ASCII, newer ones in UTF-16. */
const srgbNames = [Buffer.from('sRGB'), Buffer.from('sRGB', 'utf16le').swap16()];
/** More than this many times as long as wide: of an extreme shape. */
const extremeRatio = 3;

// Only these loaders of libvips are ever used, whatever a file begins with.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadNsgif', 'VipsForeignLoadTiff', 'VipsForeignLoadHeif'] });
sharp.concurrency(1);
sharp.cache(false);

/** @throws Quarantined */
export async function measureImage(bytes: Uint8Array, limits: DecodeLimits): Promise<PictureSize> {
  imageFormat(bytes);
  return sizeOf(await readHeader(bytes, limits));
}

/**
 * Decodes a whole image: upright by its EXIF orientation, sRGB whatever its colours were, 8 bits, on white where it is
 * transparent, the first frame where there are several; the short side scaled to `side`, the middle cut out square. An image that
 * has this size already keeps its pixels.
 * @throws Quarantined
 */
export async function decodeImage(bytes: Uint8Array, side: number, limits: DecodeLimits): Promise<DecodedPicture> {
  const format = imageFormat(bytes);
  const header = await readHeader(bytes, limits);
  const size = sizeOf(header);
  const image = sharp(bytes, optionsOf(limits)).autoOrient().toColourspace('srgb');
  if (size.width !== side || size.height !== side) image.resize(side, side, { fit: 'cover', position: 'centre' });
  try {
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.width !== side || info.height !== side) throw new Error(`${info.width} x ${info.height} pixels came out instead of ${side} x ${side}`);
    const { pixels, transparent } = onWhite(data, info.channels, side * side);
    return { ...size, pixels, issues: issuesOf(header, size, transparent) };
  } catch (error) {
    throw refusal(error, bytes, format);
  }
}

/** Errors in a file count, warnings (such as bytes after the end) do not: other programs show such images, too. */
const optionsOf = ({ pixels }: DecodeLimits): SharpOptions => ({ limitInputPixels: pixels, failOn: 'error', sequentialRead: true, pages: 1 });

async function readHeader(bytes: Uint8Array, limits: DecodeLimits): Promise<Metadata> {
  let header: Metadata;
  try {
    header = await sharp(bytes, optionsOf(limits)).metadata();
  } catch (error) {
    throw refusal(error, bytes, imageFormat(bytes));
  }
  if (!(header.width > 0 && header.height > 0)) throw new Quarantined('corrupt', '(It has no pixels.)');
  if (header.width * header.height > limits.pixels) throw new Quarantined('too_many_pixels', `It has ${header.width} x ${header.height}; ${limits.pixels} pixels are allowed.`, { width: header.width, height: header.height, limit: limits.pixels });
  return header;
}

function sizeOf({ width, height, orientation = 1 }: Metadata): PictureSize {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/** Whatever the number of channels, RGB. Sharp has not multiplied by alpha: colours under transparent pixels are hidden ones. */
function onWhite(data: Uint8Array, channels: number, count: number): { pixels: Uint8Array; transparent: boolean } {
  if (channels === 3) return { pixels: data, transparent: false };
  const pixels = new Uint8Array(3 * count);
  const hasAlpha = channels === 2 || channels === 4;
  const colors = channels >= 3 ? 3 : 1;
  let transparent = false;
  for (let pixel = 0; pixel < count; pixel++) {
    const at = pixel * channels;
    const alpha = hasAlpha ? (data[at + colors] as number) : 255;
    transparent ||= alpha < 255;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[at + (colors === 3 ? channel : 0)] as number;
      pixels[3 * pixel + channel] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { pixels, transparent };
}

function issuesOf(header: Metadata, { width, height }: PictureSize, transparent: boolean): ImageIssue[] {
  const issues: ImageIssue[] = [];
  const profile = header.icc !== undefined && !srgbNames.some((name) => header.icc?.includes(name));
  if (Math.min(width, height) < tinySide) issues.push('tiny_images');
  if (Math.max(width, height) > extremeRatio * Math.min(width, height)) issues.push('extreme_shapes');
  if (header.space !== 'srgb' || header.depth !== 'uchar' || profile) issues.push('colors_converted');
  if (transparent) issues.push('transparency_flattened');
  if ((header.orientation ?? 1) > 1) issues.push('orientation_applied');
  if ((header.pages ?? 1) > 1) issues.push('first_frame_used');
  return issues;
}

function refusal(error: unknown, bytes: Uint8Array, format: ImageFormat): Quarantined {
  const message = error instanceof Error ? error.message : String(error);
  if (/pixel limit|too many pixels|exceeds.*limit/i.test(message)) return new Quarantined('too_many_pixels');
  const cut = /premature|truncat|unexpected end|end of (file|stream|image)|past end|too short/i.test(message) || !endsWhole(bytes, format);
  if (cut) return new Quarantined('truncated');
  const [line = ''] = message.split('\n');
  return new Quarantined('corrupt', `(${line.replace(/\p{Cc}/gu, ' ').slice(0, 200)})`);
}

/** Whether the end of a file is what its format ends with, near enough. */
function endsWhole(bytes: Uint8Array, format: ImageFormat): boolean {
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset + Math.max(0, bytes.length - 1024), Math.min(bytes.length, 1024));
  if (format === 'png') return tail.includes('IEND');
  if (format === 'jpeg') return tail.includes(Buffer.from('ffd9', 'hex'));
  return true;
}
