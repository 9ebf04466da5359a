import type { Pack } from '@thaw/contract/datasets';
import { parseSafetensorsHeader } from '@thaw/formats/safetensorsHeader';
import type { Storage } from '../storage/storage.ts';

/** Where the images of a pack begin and how large each is. */
export interface PackLayout {
  byteOffset: number;
  width: number;
  height: number;
}

/** More header than a pack of ours has. */
const maxHeaderBytes = 2 ** 20;
const kept = 200;
/** By key: packs are immutable. */
const layouts = new Map<string, Promise<PackLayout>>();

/** Reads the head of a pack in the storage, and remembers it. */
export async function findImagesInPack(storage: Pick<Storage, 'readRange'>, pack: Pack): Promise<PackLayout> {
  const known = layouts.get(pack.key);
  if (known !== undefined) return known;
  const reading = readLayout(storage, pack);
  layouts.set(pack.key, reading);
  const [oldest] = layouts.keys();
  if (layouts.size > kept && oldest !== undefined) layouts.delete(oldest);
  reading.catch(() => layouts.delete(pack.key));
  return reading;
}

async function readLayout(storage: Pick<Storage, 'readRange'>, { key, bytes }: Pack): Promise<PackLayout> {
  const length = Number((await storage.readRange(key, 0, 8)).readBigUInt64LE());
  if (length > maxHeaderBytes || length + 8 > bytes) throw new Error(`The pack ${key} has a header of ${length} bytes.`);
  const images = parseSafetensorsHeader(await storage.readRange(key, 8, length), bytes, key).entries.get('images');
  const [, height, width] = images?.shape ?? [];
  if (images === undefined || height === undefined || width === undefined) throw new Error(`The pack ${key} holds no images.`);
  return { byteOffset: images.byteOffset, height, width };
}
