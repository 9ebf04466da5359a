import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestOptions } from '@thaw/contract/datasets';
import type { IngestLimits } from '@thaw/contract/ingest';
import type { ReportEntry } from '@thaw/contract/report';
import type { Archive } from '../archive/archive.ts';
import { openArchive } from '../archive/openArchive.ts';
import { createDecoderPool } from '../decode/decoderPool.ts';
import { IngestError } from '../ingestError.ts';
import { decideLayout, type Layout } from '../layout/decideLayout.ts';
import { fileRole, looksLikeImage } from '../layout/fileRole.ts';
import { indexArchive, type ArchiveIndex, type Noted } from '../layout/indexArchive.ts';
import { finishVersion, type FinishedVersion } from '../packs/finishVersion.ts';
import { settleClasses } from '../packs/settleClasses.ts';
import { reportEntryOf } from '../report/buildReport.ts';
import { decodeArchive } from './decodeArchive.ts';
import { createSizeSample, type SizeSample } from './imageSize.ts';
import { cifar10ClassNames, cifar10Side, findCifar10, importCifar10 } from './importCifar10.ts';
import { PictureTable } from './pictureTable.ts';
import type { ProgressMeter } from './progress.ts';
import { createSpool, type Spool } from './spool.ts';

export interface ImportOrder {
  /** Path of the archive on this machine. */
  archive: string;
  options: IngestOptions;
  limits: IngestLimits;
  /** An empty folder: for what waits, and for what comes out. */
  folder: string;
  /** Decoders; one a core. */
  processes: number;
  progress: ProgressMeter;
  signal: AbortSignal;
}

/**
 * Turns an archive into the packs of a version. One bad file never fails it.
 * @throws IngestError, or the reason of the signal
 */
export async function importArchive(order: ImportOrder): Promise<FinishedVersion> {
  const { limits, processes, progress, signal } = order;
  progress.stage('reading');
  const archive = await openArchive(order.archive, limits);
  progress.set({ bytesTotal: archive.bytes });
  const pool = createDecoderPool(processes, limits);
  try {
    const sample = order.options.imageSize === null ? createSizeSample(pool) : null;
    const index = await readIndex(archive, order, sample);
    const cifar10 = findCifar10(index);
    if (cifar10 !== null) return await takeCifar10(archive, index, cifar10, order);
    const side = order.options.imageSize ?? (await (sample as SizeSample).side());
    const layout = decideLayout(index.paths, index.folders, index.tables);
    const names = classNames(layout, index, limits);
    await checkRoom(order.folder, index.paths.length, side);
    progress.stage('decoding', index.paths.length);
    return await withSpool(order.folder, side, async (spool) => {
      const table = new PictureTable();
      const numbers = new Map(names.map((name, number) => [name, number]));
      const { quarantined, unlabelled } = await decodeArchive({ archive, index, layout, classes: numbers }, { pool, spool, table }, progress, signal);
      const classes = settleClasses(table, names);
      const empty = [...new Set([...layout.emptyClasses, ...names.filter((name) => !classes.includes(name))])];
      const report = reportArchive(index, layout, unlabelled, empty, table.count);
      if (quarantined.length > 0) report.push(reportEntryOf('quarantined_files', quarantined.length, quarantined.map(({ path }) => path)));
      pool.close();
      return finishVersion({ table, pixels: spool, classes, quarantined, report, split: order.options, resplit: false }, order.folder, progress, signal);
    });
  } finally {
    pool.close();
    await archive.close();
  }
}

function readIndex(archive: Archive, { options, limits, progress, signal }: ImportOrder, sample: SizeSample | null): Promise<ArchiveIndex> {
  let seen = 0;
  return indexArchive(archive, options, limits, {
    onEntry: () => {
      signal.throwIfAborted();
      progress.set({ filesSeen: ++seen, bytesRead: archive.bytesRead });
    },
    wants: (name) => sample !== null && looksLikeImage(name) && fileRole(name) === 'image' && sample.wants(),
    take: async (content) => sample?.add(content),
  });
}

async function takeCifar10(archive: Archive, index: ArchiveIndex, files: ReadonlyMap<number, string>, { folder, options, progress, signal }: ImportOrder): Promise<FinishedVersion> {
  progress.stage('decoding');
  return withSpool(folder, cifar10Side, async (spool) => {
    const table = new PictureTable();
    await importCifar10(archive, index, files, { folder: join(folder, 'cifar10'), spool, table }, progress, signal);
    const names = cifar10ClassNames();
    const classes = settleClasses(table, names, names);
    const report = [reportEntryOf('layout', table.count, [], { sentence: 'These are the binary files of CIFAR-10, taken as they are.', facts: { kind: 'cifar10' } }), ...noted('ignored_files', index.ignored)];
    return finishVersion({ table, pixels: spool, classes, quarantined: [], report, split: options, resplit: false }, folder, progress, signal);
  });
}

async function withSpool<T>(folder: string, side: number, work: (spool: Spool) => Promise<T>): Promise<T> {
  const spool = await createSpool(join(folder, 'pixels'), side);
  try {
    return await work(spool);
  } finally {
    await spool.remove();
  }
}

function classNames(layout: Layout, { paths }: ArchiveIndex, limits: IngestLimits): string[] {
  const names = new Set<string>();
  for (const index of paths.keys()) {
    const name = layout.placeOf(index).class;
    if (name !== null) names.add(name);
    if (names.size > limits.classes) throw new IngestError('too_many_classes', `The archive has more than ${limits.classes} classes. Check that the folders are classes. ${layout.sentence}`);
  }
  return [...names];
}

/** The spool and the packs hold every picture once each. */
async function checkRoom(folder: string, images: number, side: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = 2 * images * 3 * side * side + 64 * 2 ** 20;
  if (bavail * bsize < needed)
    throw new IngestError('disk_full', `${images} images of ${side} x ${side} need ${Math.ceil(needed / 2 ** 20)} MB of scratch space, and ${Math.floor((bavail * bsize) / 2 ** 20)} MB are free.`);
}

const noted = (code: Parameters<typeof reportEntryOf>[0], { count, names }: Noted): ReportEntry[] => (count === 0 ? [] : [reportEntryOf(code, count, names)]);

const encodings: Readonly<Record<string, string>> = { 'utf-8': 'UTF-8', gb18030: 'GBK (Chinese Windows)', cp437: 'code page 437 (DOS)' };

function reportArchive(index: ArchiveIndex, layout: Layout, unlabelled: Noted, emptyClasses: readonly string[], images: number): ReportEntry[] {
  const { encoding } = index;
  return [
    reportEntryOf('layout', images, [], layout),
    ...(encoding === null ? [] : [reportEntryOf('file_names_decoded', index.paths.length, index.paths, { sentence: `${encodings[encoding] ?? encoding}.`, facts: { encoding } })]),
    ...noted('ignored_files', index.ignored),
    ...noted('rejected_entries', index.rejected),
    ...noted('unlabelled_images', unlabelled),
    ...noted('labels_without_image', layout.missingLabels),
    ...noted('empty_classes', { count: emptyClasses.length, names: [...emptyClasses] }),
  ];
}
