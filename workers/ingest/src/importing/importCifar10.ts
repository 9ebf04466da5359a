import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cifar10Classes, openCifar10 } from '@thaw/formats/cifar10';
import { FormatError } from '@thaw/formats/formatError';
import type { Archive } from '../archive/archive.ts';
import { markPicture } from '../decode/pictureMarks.ts';
import { IngestError } from '../ingestError.ts';
import type { ArchiveIndex } from '../layout/indexArchive.ts';
import type { PictureTable } from './pictureTable.ts';
import type { ProgressMeter } from './progress.ts';
import type { Spool } from './spool.ts';

export const cifar10Side = 32;

/** The binary files of CIFAR-10 in an archive, by their index among its images; null where it is no such archive. */
export function findCifar10({ paths }: ArchiveIndex): Map<number, string> | null {
  const files = new Map<number, string>();
  paths.forEach((path, index) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (/^(data_batch_\d{1,3}|test_batch)\.bin$/.test(name)) files.set(index, name);
  });
  const names = [...files.values()];
  return names.includes('test_batch.bin') && names.some((name) => name.startsWith('data_batch_')) && new Set(names).size === names.length ? files : null;
}

/**
 * Takes CIFAR-10's binary files as they are: its pictures, its order, its classes, its parts.
 * @param folder a new one, for the files under their published names; gone afterwards
 * @throws IngestError where they are no such files
 */
export async function importCifar10(
  archive: Archive,
  index: ArchiveIndex,
  files: ReadonlyMap<number, string>,
  { folder, spool, table }: { folder: string; spool: Spool; table: PictureTable },
  progress: ProgressMeter,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder);
  try {
    let number = -1;
    for await (const entry of archive.entries()) {
      signal.throwIfAborted();
      const name = files.get(index.imageOf[++number] ?? -1);
      if (name !== undefined) await writeFile(join(folder, name), await entry.read(), { flag: 'wx' });
    }
    const { train, test } = openCifar10(folder);
    try {
      const pixels = new Uint8Array(3 * cifar10Side * cifar10Side);
      for (const [split, source] of [['train', train], ['test', test]] as const)
        for (let row = 0; row < source.count; row++) {
          source.readImages([row], pixels);
          table.add({ ...markPicture(pixels, cifar10Side), path: `${split}/${row}`, class: source.labels[row] as number, split, width: cifar10Side, height: cifar10Side, issues: [] });
          await spool.add(pixels);
          if (row % 500 !== 0) continue;
          signal.throwIfAborted();
          progress.done(table.count);
          progress.set({ filesSeen: table.count, images: table.count, bytesRead: archive.bytesRead });
          await setImmediate();
        }
    } finally {
      train.close();
      test.close();
    }
    await spool.flush();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new IngestError('invalid_archive', error.message.replaceAll(`${folder}/`, ''), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In their published order. */
export const cifar10ClassNames = (): string[] => [...cifar10Classes];
