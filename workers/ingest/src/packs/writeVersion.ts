import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImageRow, QuarantinedFile } from '@thaw/contract/datasets';
import type { Split } from '@thaw/contract/storageKeys';
import { streamSafetensors } from '@thaw/formats/streamSafetensors';
import type { WrittenPack } from '@thaw/formats/writeCifar10Packs';
import type { PictureTable } from '../importing/pictureTable.ts';
import type { ProgressMeter } from '../importing/progress.ts';
import type { PixelSource } from '../importing/spool.ts';

/** A complete version: pictures with their parts, and what is said of them. */
export interface VersionContent {
  table: PictureTable;
  pixels: PixelSource;
  classes: readonly string[];
  /** For each picture the one that stays when duplicates are dropped; -1: itself. */
  stays: Int32Array;
  quarantined: readonly QuarantinedFile[];
}

export interface WrittenVersion {
  packs: WrittenPack[];
  images: { file: string; bytes: number; sha256: string };
}

const splitOrder = ['train', 'val', 'test'] as const satisfies readonly Split[];
const pieceBytes = 4 * 2 ** 20;

/** Writes the packs and images.ndjson into a folder. In every pack pictures keep their order. */
export async function writeVersion(content: VersionContent, folder: string, progress: ProgressMeter, signal: AbortSignal): Promise<WrittenVersion> {
  const { table, pixels, classes } = content;
  progress.stage('writing', table.count);
  const parts = new Map<Split, number[]>(splitOrder.map((split) => [split, []]));
  for (let number = 0; number < table.count; number++) parts.get(table.splitOf(number) ?? 'train')?.push(number);
  const packs: WrittenPack[] = [];
  let done = 0;
  for (const [split, numbers] of parts) {
    if (numbers.length === 0) continue;
    const file = join(folder, `${split}.safetensors`);
    const { side } = pixels;
    const written = await streamSafetensors(
      file,
      [
        { name: 'labels', dtype: 'I64', shape: [numbers.length], data: () => labels(table, numbers) },
        { name: 'images', dtype: 'U8', shape: [numbers.length, side, side, 3], data: () => images(pixels, numbers, (count) => progress.done((done += count))) },
      ],
      signal,
    );
    const classCounts = classes.map(() => 0);
    for (const number of numbers) classCounts[table.classOf(number)] = (classCounts[table.classOf(number)] as number) + 1;
    packs.push({ split, file, ...written, images: numbers.length, classCounts });
  }
  return { packs, images: await writeRows(content, parts, join(folder, 'images.ndjson'), signal) };
}

async function* labels(table: PictureTable, numbers: readonly number[]): AsyncGenerator<Uint8Array> {
  const wide = BigInt64Array.from(numbers, (number) => BigInt(table.classOf(number)));
  yield new Uint8Array(wide.buffer);
}

async function* images(pixels: PixelSource, numbers: readonly number[], onWritten: (count: number) => void): AsyncGenerator<Uint8Array> {
  const imageBytes = 3 * pixels.side * pixels.side;
  const atOnce = Math.max(1, Math.floor(pieceBytes / imageBytes));
  const buffer = new Uint8Array(atOnce * imageBytes);
  for (let first = 0; first < numbers.length; first += atOnce) {
    const wanted = numbers.slice(first, first + atOnce);
    await pixels.read(wanted, buffer);
    yield buffer.subarray(0, wanted.length * imageBytes);
    onWritten(wanted.length);
  }
}

async function writeRows(content: VersionContent, parts: ReadonlyMap<Split, number[]>, file: string, signal: AbortSignal): Promise<WrittenVersion['images']> {
  const hash = createHash('sha256');
  const lines = async function* (): AsyncGenerator<string> {
    let text = '';
    for (const value of rows(content, parts)) {
      text += `${JSON.stringify(value)}\n`;
      if (text.length < 2 ** 16) continue;
      hash.update(text);
      yield text;
      text = '';
    }
    hash.update(text);
    yield text;
  };
  await pipeline(lines, createWriteStream(file, { flush: true }), { signal });
  return { file, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

function* rows({ table, classes, stays, quarantined }: VersionContent, parts: ReadonlyMap<Split, number[]>): Generator<ImageRow | QuarantinedFile> {
  const rowOf = new Uint32Array(table.count);
  for (const numbers of parts.values()) numbers.forEach((number, row) => (rowOf[number] = row));
  for (const [split, numbers] of parts)
    for (const [row, number] of numbers.entries()) {
      const kept = stays[number] as number;
      yield {
        split,
        row,
        class: classes[table.classOf(number)] as string,
        path: table.pathOf(number),
        sha256: table.sha256Of(number),
        phash: table.phashOf(number),
        width: table.widthOf(number),
        height: table.heightOf(number),
        issues: table.issuesOf(number),
        duplicateOf: kept < 0 ? null : { split: table.splitOf(kept) ?? 'train', row: rowOf[kept] as number },
      };
    }
  yield* quarantined;
}
