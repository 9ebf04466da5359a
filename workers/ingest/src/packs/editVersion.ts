import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { imageRow, quarantinedFile, type DatasetEdits, type DatasetManifest, type ImageRow, type QuarantinedFile } from '@thaw/contract/datasets';
import type { ReportCode } from '@thaw/contract/report';
import type { Split } from '@thaw/contract/storageKeys';
import type { ImageSource } from '@thaw/formats/imageSource';
import { openPack } from '@thaw/formats/pack';
import { markPicture } from '../decode/pictureMarks.ts';
import { PictureTable } from '../importing/pictureTable.ts';
import type { ProgressMeter } from '../importing/progress.ts';
import type { PixelSource } from '../importing/spool.ts';
import { IngestError } from '../ingestError.ts';
import { finishVersion, type FinishedVersion } from './finishVersion.ts';
import { settleClasses } from './settleClasses.ts';

export interface EditOrder {
  manifest: DatasetManifest;
  /** Files of the version's packs and of its images.ndjson. */
  packs: ReadonlyMap<Split, string>;
  images: string;
  edits: DatasetEdits;
  /** An empty folder for what comes out. */
  folder: string;
  progress: ProgressMeter;
  signal: AbortSignal;
}

/** What an import says of the archive stays true of every version that is made of it. */
const ofTheArchive: readonly ReportCode[] = ['layout', 'file_names_decoded', 'ignored_files', 'rejected_entries', 'unlabelled_images', 'labels_without_image', 'empty_classes', 'quarantined_files'];
const picturesAtOnce = 256;

/**
 * Makes a version out of another one: images left out, given other classes, drawn into other parts. Nothing is decoded; pictures
 * and their order stay.
 * @throws IngestError `invalid_edit`
 */
export async function editVersion(order: EditOrder): Promise<FinishedVersion> {
  const { manifest, edits, folder, progress, signal } = order;
  const total = manifest.packs.reduce((sum, { images }) => sum + images, 0);
  progress.stage('reading', total);
  const sources = new Map<Split, ImageSource>();
  try {
    for (const [split, file] of order.packs) sources.set(split, openPack(file, manifest.classes.length));
    const { table, places, names, quarantined } = await readRows(order, sources);
    const classes = settleClasses(table, names, manifest.classes);
    const pixels = packPixels(sources, places, manifest.height);
    const report = manifest.report.filter(({ code }) => ofTheArchive.includes(code));
    const resplit = edits.resplit !== null;
    // A version that was not drawn and needs no drawing has nothing to draw by.
    const split = edits.resplit ?? { testFraction: 0.2, seed: 0 };
    return await finishVersion({ table, pixels, classes, quarantined, report, split, resplit }, folder, progress, signal);
  } finally {
    for (const source of sources.values()) source.close();
  }
}

interface Place {
  split: Split;
  row: number;
}

async function readRows({ manifest, images, edits, progress, signal }: EditOrder, sources: ReadonlyMap<Split, ImageSource>) {
  const side = manifest.height;
  const key = ({ split, row }: Place): string => `${split} ${row}`;
  const excluded = new Set(edits.exclude.map(key));
  const relabelled = new Map(edits.relabel.map((place) => [key(place), place.class]));
  checkClasses(edits, manifest.classes);
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, names.push(name) - 1);
    return names.length - 1;
  };
  const table = new PictureTable();
  const places: Place[] = [];
  const quarantined: QuarantinedFile[] = [];
  const buffer = new Uint8Array(3 * side * side);
  let rows = 0;
  for await (const line of createInterface({ input: createReadStream(images), crlfDelay: Infinity })) {
    const row = parseLine(line);
    if (!('split' in row)) {
      quarantined.push(row);
      continue;
    }
    if (++rows % picturesAtOnce === 0) {
      signal.throwIfAborted();
      progress.done(rows);
      progress.set({ filesSeen: rows, images: table.count });
      await setImmediate();
    }
    if (excluded.has(key(row))) continue;
    const source = sources.get(row.split);
    if (source === undefined || row.row >= source.count) throw new Error(`images.ndjson names ${key(row)}, which no pack has`);
    source.readImages([row.row], buffer);
    const label = edits.mergeClasses.reduce((name, { from, to }) => (name === from ? to : name), relabelled.get(key(row)) ?? row.class);
    const { width, height, path, split, issues } = row;
    table.add({ ...markPicture(buffer, side), path, class: numberOf(label), split, width, height, issues });
    places.push({ split: row.split, row: row.row });
  }
  if (table.count === 0) throw new IngestError('invalid_edit', 'The changes leave no image. Leave some in.');
  return { table, places, names, quarantined };
}

function parseLine(line: string): ImageRow | QuarantinedFile {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null && 'split' in value ? imageRow.parse(value) : quarantinedFile.parse(value);
}

function checkClasses({ relabel, mergeClasses }: DatasetEdits, classes: readonly string[]): void {
  const known = new Set(classes);
  const unknown = [...relabel.map((place) => place.class), ...mergeClasses.map(({ from }) => from)].find((name) => !known.has(name));
  if (unknown !== undefined) throw new IngestError('invalid_edit', `The version has no class ${JSON.stringify(unknown)}. Look at its classes and name one of them.`);
}

/** Pictures out of the packs, by their numbers in the new version. */
function packPixels(sources: ReadonlyMap<Split, ImageSource>, places: readonly Place[], side: number): PixelSource {
  const imageBytes = 3 * side * side;
  return {
    side,
    read: async (numbers, into) => {
      for (let slot = 0; slot < numbers.length; ) {
        const { split } = places[numbers[slot] as number] as Place;
        const rows: number[] = [];
        while (slot + rows.length < numbers.length && places[numbers[slot + rows.length] as number]?.split === split) rows.push(places[numbers[slot + rows.length] as number]?.row as number);
        sources.get(split)?.readImages(rows, into.subarray(slot * imageBytes));
        slot += rows.length;
      }
      await setImmediate();
    },
  };
}
