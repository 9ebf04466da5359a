import { maxPicturePixels } from '@thaw/contract/predict';
import type { Pixels } from '@thaw/prediction/pixels';
import type { PictureKind } from '@thaw/prediction/shrinkAsDecoders';
import { BrowserProblem, orProblem } from './BrowserProblem.ts';

export interface DecodedPicture extends Pixels {
  kind: PictureKind;
}

/** Pixels that are read back at a time: canvases may not be as large as pictures. */
const strip = 2 ** 21;

/**
 * A whole picture as the server decodes it: upright, sRGB, on white, the first frame. A PNG without a colour profile gives the server's
 * bytes; profiles, CMYK, JPEG and what is half transparent are the browser's own arithmetic and may be a level or two off.
 * @throws BrowserProblem
 */
export async function decodePicture(file: Blob): Promise<DecodedPicture> {
  const kind = await kindOf(file);
  const bitmap = await orProblem('picture', () => createImageBitmap(file, { imageOrientation: 'from-image', colorSpaceConversion: 'default' }));
  try {
    if (bitmap.width * bitmap.height > maxPicturePixels) throw new BrowserProblem('pixels');
    return { kind, data: readPixels(bitmap), width: bitmap.width, height: bitmap.height };
  } finally {
    bitmap.close();
  }
}

function readPixels(bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap;
  const rows = Math.max(1, Math.min(height, Math.floor(strip / width)));
  const context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (context === null) throw new BrowserProblem('picture');
  context.imageSmoothingEnabled = false;
  context.fillStyle = '#fff';
  const data = new Uint8Array(width * height * 3);
  let to = 0;
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.fillRect(0, 0, width, count);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    const { data: rgba } = context.getImageData(0, 0, width, count);
    for (let from = 0; from < rgba.length; from += 4) {
      data[to++] = rgba[from] as number;
      data[to++] = rgba[from + 1] as number;
      data[to++] = rgba[from + 2] as number;
    }
  }
  return data;
}

async function kindOf(file: Blob): Promise<PictureKind> {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (head[0] === 0xff && head[1] === 0xd8) return 'jpeg';
  return new TextDecoder('latin1').decode(head).replace(/^RIFF.{4}/s, 'RIFF') === 'RIFFWEBP' ? 'webp' : 'other';
}
