import * as fs from 'node:fs';
import path from 'node:path';
import { datasetManifest, type Pack } from '@thaw/contract/datasets';
import { cifar10Classes, openCifar10 } from '@thaw/formats/cifar10';
import { FormatError } from '@thaw/formats/formatError';
import type { ImageSource } from '@thaw/formats/imageSource';
import { openPack } from '@thaw/formats/pack';
import { TrainingError } from '../trainingError.ts';

/** A data set as the trainer reads it. */
export interface DataFolder {
  classes: readonly string[];
  train: ImageSource;
  val: ImageSource | null;
  test: ImageSource;
  close(): void;
}

/**
 * Opens a folder with manifest.json and packs, or with CIFAR-10 binary files.
 *
 * @throws TrainingError `invalid_data` with a sentence that names the file
 */
export function openData(folder: string): DataFolder {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw new TrainingError('invalid_data', `there is no data folder ${folder}`);
  try {
    return fs.existsSync(path.join(folder, 'manifest.json')) ? openPacks(folder) : openBinary(folder);
  } catch (error) {
    // A file that may not be read is wrong input as much as one that is damaged.
    if (error instanceof FormatError || (error as NodeJS.ErrnoException).syscall !== undefined)
      throw new TrainingError('invalid_data', (error as Error).message, { cause: error });
    throw error;
  }
}

function openBinary(folder: string): DataFolder {
  const { train, test } = openCifar10(folder);
  return { classes: cifar10Classes, train, val: null, test, close: () => [train, test].forEach((source) => source.close()) };
}

function openPacks(folder: string): DataFolder {
  const manifest = parseManifest(path.join(folder, 'manifest.json'));
  const opened: ImageSource[] = [];
  const open = (split: Pack['split']): ImageSource | null => {
    if (!manifest.packs.some((pack) => pack.split === split)) return null;
    const source = openPack(path.join(folder, `${split}.safetensors`), manifest.classes.length);
    opened.push(source);
    return source;
  };
  const [train, val, test] = [open('train'), open('val'), open('test')];
  if (train === null || test === null) throw new FormatError(`${folder} needs a train and a test pack; its manifest names no ${train === null ? 'train' : 'test'} pack.`);
  const other = opened.find(({ height, width }) => height !== train.height || width !== train.width);
  if (other !== undefined)
    throw new FormatError(`${folder} has packs of ${train.width} x ${train.height} and of ${other.width} x ${other.height} pixels; all must be of one size.`);
  return { classes: manifest.classes, train, val, test, close: () => opened.forEach((source) => source.close()) };
}

function parseManifest(file: string) {
  try {
    return datasetManifest.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch (error) {
    throw new FormatError(`${file} is no manifest of a data set.`, { cause: error });
  }
}
