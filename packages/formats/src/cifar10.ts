import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from './formatError.ts';
import { consecutiveRuns, type ImageSource } from './imageSource.ts';
import { readExactly } from './readExactly.ts';

/** The ten classes in their published order (https://www.cs.toronto.edu/~kriz/cifar.html): label n is the n-th. */
export const cifar10Classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'] as const;

const side = 32;
const plane = side * side;
const imageBytes = 3 * plane;
/** A record: label, then the red, the green and the blue plane, each row by row. */
const recordBytes = 1 + imageBytes;
const recordsAtOnce = 512;

interface RecordFile {
  path: string;
  fd: number;
  /** Index of its first image in the split. */
  first: number;
  count: number;
}

/**
 * Opens a folder of CIFAR-10 binary files: train is data_batch_*.bin in numeric order, test is test_batch.bin. Files may hold any
 * number of whole 3,073-byte records, so that a cut of the data set is one too.
 * @throws FormatError
 */
export function openCifar10(folder: string): { train: ImageSource; test: ImageSource } {
  const { train, test } = findFiles(folder);
  const trainSource = openRecords(train);
  try {
    return { train: trainSource, test: openRecords(test) };
  } catch (error) {
    trainSource.close();
    throw error;
  }
}

function findFiles(folder: string): { train: string[]; test: string[] } {
  const names = readdirSync(folder);
  const numbered = names.flatMap((name) => {
    const number = /^data_batch_(\d+)\.bin$/.exec(name)?.[1];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });
  if (numbered.length === 0) throw new FormatError(`${folder} has no data_batch_*.bin; put the files of the CIFAR-10 binary version there.`);
  if (!names.includes('test_batch.bin')) throw new FormatError(`${folder} has no test_batch.bin; put the files of the CIFAR-10 binary version there.`);
  numbered.sort((a, b) => a.number - b.number);
  return { train: numbered.map(({ name }) => join(folder, name)), test: [join(folder, 'test_batch.bin')] };
}

function openRecords(paths: readonly string[]): ImageSource {
  const files: RecordFile[] = [];
  const close = (): void => files.forEach(({ fd }) => closeSync(fd));
  try {
    let count = 0;
    for (const path of paths) {
      const fd = openSync(path, 'r');
      const file: RecordFile = { path, fd, first: count, count: 0 };
      files.push(file);
      file.count = recordsIn(fd, path);
      count += file.count;
    }
    const records = new Uint8Array(recordsAtOnce * recordBytes);
    return {
      count,
      height: side,
      width: side,
      labels: readLabels(files, count, records),
      readImages(indices, into) {
        for (const run of consecutiveRuns(indices, count, imageBytes, into))
          eachBlock(files, run.first, run.count, records, (block, first) => {
            for (let index = 0; index < block.length / recordBytes; index++)
              interleave(block, index * recordBytes + 1, into, (run.slot + first - run.first + index) * imageBytes);
          });
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function recordsIn(fd: number, path: string): number {
  const bytes = fstatSync(fd).size;
  if (bytes === 0 || bytes % recordBytes !== 0)
    throw new FormatError(`${path} has ${bytes} bytes, which are no whole records of ${recordBytes} bytes; fetch it again (the original has 30730000).`);
  return bytes / recordBytes;
}

/** Reads images `first`..`first + count` block by block; `use` gets whole records and the index of their first image. */
function eachBlock(
  files: readonly RecordFile[],
  first: number,
  count: number,
  buffer: Uint8Array,
  use: (block: Uint8Array, first: number) => void,
): void {
  for (const file of files) {
    const end = Math.min(first + count, file.first + file.count);
    for (let at = Math.max(first, file.first); at < end; at += recordsAtOnce) {
      const block = buffer.subarray(0, Math.min(recordsAtOnce, end - at) * recordBytes);
      readExactly(file.fd, block, (at - file.first) * recordBytes, file.path);
      use(block, at);
    }
  }
}

function readLabels(files: readonly RecordFile[], count: number, buffer: Uint8Array): Int32Array {
  const labels = new Int32Array(count);
  for (const file of files)
    eachBlock([file], file.first, file.count, buffer, (block, first) => {
      for (let index = 0; index < block.length / recordBytes; index++) {
        const label = block[index * recordBytes] as number;
        if (label >= cifar10Classes.length)
          throw new FormatError(`${file.path} has the label ${label} at record ${first - file.first + index}; CIFAR-10 has labels 0 to 9. It is damaged or no CIFAR-10 file.`);
        labels[first + index] = label;
      }
    });
  return labels;
}

/** Planes to pixels: R..RG..GB..B at `from` becomes RGBRGB.. at `to`. */
function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let pixel = 0; pixel < plane; pixel++) {
    const at = to + 3 * pixel;
    pixels[at] = planes[from + pixel] as number;
    pixels[at + 1] = planes[from + plane + pixel] as number;
    pixels[at + 2] = planes[from + 2 * plane + pixel] as number;
  }
}
