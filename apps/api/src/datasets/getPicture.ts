import type { Split } from '@thaw/contract/storageKeys';
import { encodePng } from '@thaw/formats/png';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { findReadyVersion, type VersionInput } from './findVersion.ts';
import { findImagesInPack } from './findImagesInPack.ts';
import { shrink } from './shrink.ts';

/** Longest side of a thumbnail, in pixels. */
const thumbnailSide = 96;

export interface GetPictureInput extends VersionInput {
  split: Split;
  row: number;
  size: 'thumbnail' | 'full';
}

/** One image of a version as a PNG, out of the bytes of its pack. */
export async function getPicture(ctx: Context, { split, row, size, ...of }: GetPictureInput): Promise<Buffer> {
  const { manifest } = await findReadyVersion(ctx.db, ctx.caller, of);
  const pack = manifest.packs.find((one) => one.split === split);
  if (pack === undefined || row >= pack.images) throw notFound(`image ${row} in ${split} of this version`, 'GET /v1/datasets/:id/images lists them.');
  const { width, height, byteOffset } = await findImagesInPack(ctx.storage, pack);
  const pixels = await ctx.storage.readRange(pack.key, byteOffset + row * width * height * 3, width * height * 3);
  const picture = { width, height, pixels };
  return encodePng(size === 'full' ? picture : shrink(picture, thumbnailSide));
}
