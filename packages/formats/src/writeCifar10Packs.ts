import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Pack } from '@thaw/contract/datasets';
import { cifar10Classes, openCifar10 } from './cifar10.ts';
import type { ImageSource } from './imageSource.ts';
import { writeSafetensors } from './writeSafetensors.ts';

/** A pack as it lies on this disk: what the manifest says of it, with its file in place of the storage key. */
export type WrittenPack = Omit<Pack, 'key'> & { file: string };

/**
 * Turns a folder of CIFAR-10 binary files into train.safetensors and test.safetensors in `outFolder` (made where missing).
 * Memory is flat; the files are whole or not there.
 * @throws FormatError where the folder is no CIFAR-10
 */
export function writeCifar10Packs(folder: string, outFolder: string): WrittenPack[] {
  const { train, test } = openCifar10(folder);
  try {
    mkdirSync(outFolder, { recursive: true });
    return [writePack('train', train, outFolder), writePack('test', test, outFolder)];
  } finally {
    train.close();
    test.close();
  }
}

function writePack(split: WrittenPack['split'], source: ImageSource, outFolder: string): WrittenPack {
  const { count, height, width, labels } = source;
  const file = join(outFolder, `${split}.safetensors`);
  const written = writeSafetensors(file, [
    { name: 'labels', dtype: 'I64', shape: [count], data: BigInt64Array.from(labels, BigInt) },
    { name: 'images', dtype: 'U8', shape: [count, height, width, 3], data: () => pieces(source) },
  ]);
  const classCounts = cifar10Classes.map(() => 0);
  for (const label of labels) classCounts[label] = (classCounts[label] as number) + 1;
  return { split, file, ...written, images: count, classCounts };
}

/** All images in order, some megabytes at a time. */
function* pieces(source: ImageSource, imagesAtOnce = 1024): Generator<Uint8Array> {
  const imageBytes = source.height * source.width * 3;
  const buffer = new Uint8Array(imagesAtOnce * imageBytes);
  for (let first = 0; first < source.count; first += imagesAtOnce) {
    const count = Math.min(imagesAtOnce, source.count - first);
    source.readImages(
      Array.from({ length: count }, (_, index) => first + index),
      buffer,
    );
    yield buffer.subarray(0, count * imageBytes);
  }
}
