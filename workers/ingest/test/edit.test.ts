import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetEdits, ingestOptions, type DatasetEdits, type DatasetManifest, type ImageRow } from '@thaw/contract/datasets';
import { defaultIngestLimits } from '@thaw/contract/ingest';
import { openPack } from '@thaw/formats/pack';
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { importArchive } from '../src/importing/importArchive.ts';
import { createProgressMeter } from '../src/importing/progress.ts';
import { editVersion } from '../src/packs/editVersion.ts';
import type { FinishedVersion } from '../src/packs/finishVersion.ts';
import { manifestOf } from '../src/packs/manifestOf.ts';
import { picture } from './fixtures/pictures.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';
import { zipFile } from './fixtures/zipFile.ts';

const newFolder = temporaryFolders('all');
const signal = new AbortController().signal;
let from: FinishedVersion;
let manifest: DatasetManifest;

const rowsOf = (version: FinishedVersion): ImageRow[] => readFileSync(version.images.file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ImageRow).filter((row) => 'split' in row);
const rowOf = (path: string): { split: ImageRow['split']; row: number } => {
  const found = rowsOf(from).find((row) => row.path === path) as ImageRow;
  return { split: found.split, row: found.row };
};
async function edit(edits: z.input<typeof datasetEdits>): Promise<FinishedVersion> {
  const packs = new Map(from.packs.map(({ split, file }) => [split, file]));
  const parsed: DatasetEdits = datasetEdits.parse(edits);
  return editVersion({ manifest, packs, images: from.images.file, edits: parsed, folder: await newFolder(), progress: createProgressMeter(), signal });
}
const places = (version: FinishedVersion): Record<string, string> => Object.fromEntries(rowsOf(version).map((row) => [row.path, `${row.split}/${row.class}`]));

beforeAll(async () => {
  const folder = await newFolder();
  const members = await Promise.all(['train/cat/1', 'train/cat/2', 'train/Cat/3', 'train/dog/4', 'train/dog/5', 'test/cat/6', 'test/dog/7'].map(async (name, seed) => ({ name: `${name}.png`, content: await picture(seed) })));
  await writeFile(join(folder, 'upload'), zipFile([...members, { name: 'train/dog/bad.png', content: 'x' }]));
  await mkdir(join(folder, 'out'));
  from = await importArchive({ archive: join(folder, 'upload'), folder: join(folder, 'out'), options: ingestOptions.parse({ imageSize: 32 }), limits: defaultIngestLimits, processes: 1, progress: createProgressMeter(), signal });
  manifest = manifestOf(from, { dataset: 'd', version: 1, source: 'upload', keyOf: (split) => split });
});

describe('an edited version', () => {
  test('without changes is the same, byte for byte', async () => {
    const version = await edit({});
    expect(version.packs.map(({ sha256 }) => sha256)).toEqual(from.packs.map(({ sha256 }) => sha256));
    expect([version.images.sha256, version.report]).toEqual([from.images.sha256, from.report]);
  });

  test('leaves out, relabels and merges, in this order, and keeps the pixels', async () => {
    const version = await edit({ exclude: [rowOf('train/dog/4.png')], relabel: [{ ...rowOf('train/cat/1.png'), class: 'dog' }], mergeClasses: [{ from: 'Cat', to: 'cat' }] });
    expect(version.classes).toEqual(['cat', 'dog']);
    expect(places(version)).toEqual({ 'train/cat/1.png': 'train/dog', 'train/cat/2.png': 'train/cat', 'train/Cat/3.png': 'train/cat', 'train/dog/5.png': 'train/dog', 'test/cat/6.png': 'test/cat', 'test/dog/7.png': 'test/dog' });
    const pixels = (folder: FinishedVersion, path: string): Uint8Array => {
      const row = rowsOf(folder).find((other) => other.path === path) as ImageRow;
      const pack = openPack(folder.packs.find(({ split }) => split === row.split)?.file as string);
      const into = new Uint8Array(3072);
      pack.readImages([row.row], into);
      pack.close();
      return into;
    };
    expect(pixels(version, 'train/dog/5.png')).toEqual(pixels(from, 'train/dog/5.png'));
    expect(version.report.map(({ code }) => code)).not.toContain('case_classes');
    expect(version.quarantined).toBe(1);
  });

  test('draws its parts anew', async () => {
    const version = await edit({ resplit: { testFraction: 0.5, seed: 3 } });
    expect(version.packs.map(({ split, images }) => [split, images])).toEqual([['train', 3], ['test', 4]]);
    expect(version.report.map(({ code }) => code)).toContain('split_made');
  });

  test('is refused where nothing would be left, or a class is none', async () => {
    await expect(edit({ exclude: rowsOf(from).map(({ split, row }) => ({ split, row })) })).rejects.toMatchObject({ code: 'invalid_edit' });
    await expect(edit({ relabel: [{ ...rowOf('train/cat/1.png'), class: 'horse' }] })).rejects.toThrow('no class "horse"');
  });
});
