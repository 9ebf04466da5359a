import type { ImageRow } from '@thaw/contract/datasets';
import { cifar10Classes, openCifar10 } from '@thaw/formats/cifar10';
import { createHash } from 'node:crypto';

const rowsAtOnce = 5000;

/** The images of a folder of CIFAR-10 binary files as rows for browsing, some thousands at a time. They have no names: part, class and place stand for one. */
export function* cifar10Rows(folder: string): Generator<ImageRow[]> {
  const sources = openCifar10(folder);
  try {
    for (const split of ['train', 'test'] as const) {
      const { count, width, height, labels, readImages } = sources[split];
      const imageBytes = width * height * 3;
      const pixels = new Uint8Array(rowsAtOnce * imageBytes);
      for (let first = 0; first < count; first += rowsAtOnce) {
        const rows = Array.from({ length: Math.min(rowsAtOnce, count - first) }, (_, index) => first + index);
        readImages(rows, pixels);
        yield rows.map((row, index) => {
          const name = cifar10Classes[labels[row] as number] as string;
          const sha256 = createHash('sha256').update(pixels.subarray(index * imageBytes, (index + 1) * imageBytes)).digest('hex');
          return { split, row, class: name, path: `${split}/${name}/${row}`, sha256, phash: null, width, height, issues: [], duplicateOf: null };
        });
      }
    }
  } finally {
    sources.train.close();
    sources.test.close();
  }
}
