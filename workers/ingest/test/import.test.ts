import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { imageRow, ingestOptions, type ImageRow, type IngestOptions, type QuarantinedFile } from '@thaw/contract/datasets';
import { defaultIngestLimits, type IngestLimits } from '@thaw/contract/ingest';
import { openPack } from '@thaw/formats/pack';
import { beforeEach, describe, expect, test } from 'vitest';
import { importArchive } from '../src/importing/importArchive.ts';
import { createProgressMeter } from '../src/importing/progress.ts';
import type { FinishedVersion } from '../src/packs/finishVersion.ts';
import { encode, picture, scene } from './fixtures/pictures.ts';
import { tarFile } from './fixtures/tarFile.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';
import { zipFile, type ZipMember } from './fixtures/zipFile.ts';

const newFolder = temporaryFolders();
let folder: string;
beforeEach(async () => (folder = await newFolder()));

interface Imported extends FinishedVersion {
  rows: ImageRow[];
  refused: QuarantinedFile[];
  /** `split/class` of each path. */
  places: Record<string, string>;
  codes: string[];
}

async function run(archive: Uint8Array, options: Partial<IngestOptions> = {}, limits: Partial<IngestLimits> = {}): Promise<Imported> {
  const [file, out] = [join(folder, 'upload'), join(folder, 'out')];
  await writeFile(file, archive);
  await mkdir(out);
  const order = { archive: file, folder: out, options: ingestOptions.parse({ imageSize: 32, ...options }), limits: { ...defaultIngestLimits, ...limits } };
  const version = await importArchive({ ...order, processes: 1, progress: createProgressMeter(), signal: new AbortController().signal });
  const lines = readFileSync(version.images.file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ImageRow | QuarantinedFile);
  const rows = lines.filter((line): line is ImageRow => 'split' in line).map((line) => imageRow.parse(line));
  expect((await readdir(out)).sort()).toEqual([...version.packs.map(({ split }) => `${split}.safetensors`), 'images.ndjson'].sort());
  for (const pack of version.packs) {
    const source = openPack(pack.file, version.classes.length);
    const ofPack = rows.filter(({ split }) => split === pack.split);
    expect([...source.labels].map((label) => version.classes[label])).toEqual(ofPack.map((row) => row.class));
    expect(ofPack.map(({ row }) => row)).toEqual([...source.labels.keys()]);
    expect(pack.images).toBe(source.count);
    source.close();
  }
  return {
    ...version,
    rows,
    refused: lines.filter((line): line is QuarantinedFile => !('split' in line)),
    places: Object.fromEntries(rows.map((row) => [row.path, `${row.split}/${row.class}`])),
    codes: version.report.map(({ code }) => code),
  };
}

const entryOf = ({ report }: FinishedVersion, code: string) => report.find((entry) => entry.code === code);
/** Scenes of their own, named one after the other. */
const pictures = (names: string[], seed = 0): Promise<ZipMember[]> => Promise.all(names.map(async (name, index) => ({ name, content: await picture(seed + index), method: 0 as const })));
const numbered = (folderName: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${folderName}/${index}.png`);

describe('archives as people have them', () => {
  test('macOS: a wrapping folder, junk beside the images', async () => {
    const members = await pictures([...numbered('pets/cat', 3), ...numbered('pets/dog', 3)]);
    const junk = ['pets/.DS_Store', 'pets/cat/Thumbs.db', '__MACOSX/pets/cat/._0.png', 'pets/dog/desktop.ini'].map((name) => ({ name, content: 'junk' }));
    const version = await run(zipFile([...members, ...junk]));
    expect([version.classes, version.rows.length, version.quarantined]).toEqual([['cat', 'dog'], 6, 0]);
    expect(entryOf(version, 'ignored_files')).toMatchObject({ severity: 'info', count: 4, files: junk.map(({ name }) => name) });
  });

  test('Chinese Windows: names in GBK, backslashes between folders', async () => {
    const names = [Buffer.from('c3a82f312e706e67', 'hex'), Buffer.from('c3a85c322e706e67', 'hex'), Buffer.from('b9b72f332e706e67', 'hex'), Buffer.from('b9b72f342e706e67', 'hex')];
    const version = await run(zipFile(await Promise.all(names.map(async (name, index) => ({ name, content: await picture(index) })))));
    expect(version.classes).toEqual(['狗', '猫']);
    expect(Object.keys(version.places).sort()).toEqual(['狗/3.png', '狗/4.png', '猫/1.png', '猫/2.png']);
    expect(entryOf(version, 'file_names_decoded')?.message).toContain('GBK');
  });

  test('names that differ by case stay apart, nothing is overwritten, and the report offers to merge', async () => {
    const version = await run(zipFile(await pictures(['Cat/a.png', 'Cat/b.png', 'cat/a.png', 'cat/A.PNG'])));
    expect([version.classes, version.rows.length]).toEqual([['Cat', 'cat'], 4]);
    expect(entryOf(version, 'case_classes')).toMatchObject({ severity: 'warning', count: 2, files: ['Cat', 'cat'], remedy: 'merge_case_classes' });
  });

  test('links and devices in a tar are left out and counted', async () => {
    const members = await pictures([...numbered('cat', 2), ...numbered('dog', 2)]);
    const links = [{ name: 'cat/link.png', type: 'symlink' as const, linkname: '/etc/passwd' }, { name: 'cat/hard.png', type: 'link' as const, linkname: 'cat/0.png' }, { name: 'cat/dev', type: 'character-device' as const }];
    const version = await run(gzipSync(await tarFile([...members.map(({ name, content }) => ({ name: name as string, content: content as Buffer })), ...links])));
    expect(version.rows).toHaveLength(4);
    expect(entryOf(version, 'rejected_entries')).toMatchObject({ count: 3, files: ['cat/link.png', 'cat/hard.png', 'cat/dev'] });
  });

  test('parts in folders; an empty class; a class of one image, which keeps runs from being launched', async () => {
    const version = await run(zipFile([...(await pictures(['train/cat/1.png', 'train/cat/2.png', 'train/dog/1.png', 'val/cat/3.png'])), { name: 'train/empty/' }]));
    expect(version.classes).toEqual(['cat', 'dog']);
    expect(version.places['val/cat/3.png']).toBe('val/cat');
    expect(entryOf(version, 'empty_classes')).toMatchObject({ severity: 'warning', files: ['empty'] });
    expect(entryOf(version, 'too_few_images')).toMatchObject({ severity: 'error', files: ['dog'] });
  });

  test('one class is an error that blocks launching, not the import', async () => {
    expect(entryOf(await run(zipFile(await pictures(numbered('pets/cat', 3)))), 'too_few_classes')).toMatchObject({ severity: 'error' });
  });

  test('classes stand in the order of code points', async () => {
    const names = ['😀', '～', 'b', 'B', 'e\u0301', '10', '2'];
    const version = await run(zipFile(await pictures(names.flatMap((name) => numbered(name, 2)))));
    expect(version.classes).toEqual(['10', '2', 'B', 'b', 'é', '～', '😀']);
  });

  test('labels in a table', async () => {
    const version = await run(zipFile([...(await pictures(numbered('images', 5))), { name: 'labels.csv', content: 'filename,label\n0.png,猫\n1.png,狗\n2.png,猫\n3.png,狗\n7.png,狗\n' }]));
    expect([version.classes, version.rows.length]).toEqual([['狗', '猫'], 4]);
    expect([entryOf(version, 'unlabelled_images')?.files, entryOf(version, 'labels_without_image')?.files]).toEqual([['images/4.png'], ['7.png']]);
  });

  test('CIFAR-10 binary files are taken as they are', async () => {
    const record = (label: number, seed: number): Buffer => Buffer.concat([Buffer.from([label]), Buffer.from(Array.from({ length: 3072 }, (_, at) => (at * seed) % 251))]);
    const files = [['data_batch_1.bin', Buffer.concat([record(3, 7), record(9, 11)])], ['data_batch_2.bin', record(0, 13)], ['test_batch.bin', record(3, 17)]] as const;
    const version = await run(gzipSync(await tarFile(files.map(([name, content]) => ({ name: `cifar-10-batches-bin/${name}`, content })))), { imageSize: 64 });
    expect([version.side, version.classes]).toEqual([32, ['airplane', 'cat', 'truck']]);
    expect(version.rows.map(({ split, class: name }) => `${split}/${name}`)).toEqual(['train/cat', 'train/truck', 'train/airplane', 'test/cat']);
    const pack = openPack(join(folder, 'out', 'train.safetensors'));
    const pixels = new Uint8Array(3072);
    pack.readImages([1], pixels);
    pack.close();
    expect([...pixels.subarray(0, 6)]).toEqual([0, (1024 * 11) % 251, (2048 * 11) % 251, 11, (1025 * 11) % 251, (2049 * 11) % 251]);
  });
});

describe('one bad file never fails a data set', () => {
  test('each is quarantined with its reason, whatever it is called', async () => {
    const good = await pictures([...numbered('cat', 2), ...numbered('dog', 2)]);
    const bad: ZipMember[] = [
      { name: 'cat/zero.png', content: '' },
      { name: 'cat/page.jpg', content: '<html></html>' },
      { name: 'cat/cut.png', content: (await picture(9, 64)).subarray(0, -300) },
      { name: 'cat/broken_entry.png', content: await picture(8), crc: 1 },
      { name: 'cat/phone.heic', content: Buffer.from('000000186674797068656963000000006d69663168656963', 'hex') },
      { name: 'dog/vector.svg', content: '<svg onload="alert(1)"/>' },
      { name: 'dog/old.bmp', content: Buffer.from('424d000000000000', 'hex') },
    ];
    const version = await run(zipFile([...good, ...bad, { name: 'dog/really_a_png.jpg', content: await picture(10) }]));
    expect(version.rows).toHaveLength(5);
    expect(version.refused.map(({ path, code }) => [path, code])).toEqual([
      ['cat/zero.png', 'empty_file'],
      ['cat/page.jpg', 'not_an_image'],
      ['cat/cut.png', 'truncated'],
      ['cat/broken_entry.png', 'entry_unreadable'],
      ['cat/phone.heic', 'heic_unsupported'],
      ['dog/vector.svg', 'svg_unsupported'],
      ['dog/old.bmp', 'format_unsupported'],
    ]);
    expect(version.refused.at(-1)).toMatchObject({ message: expect.stringContaining('It is BMP.'), facts: { format: 'BMP' } });
    expect(entryOf(version, 'quarantined_files')).toMatchObject({ severity: 'warning', count: 7 });
  });

  test('but without any good one there is no version, and it is said why', async () => {
    await expect(run(zipFile([{ name: 'cat/1.heic', content: Buffer.from('00000018667479706865696300000000', 'hex') }, { name: 'dog/2.jpg', content: 'x' }]))).rejects.toMatchObject({
      code: 'no_images',
      message: expect.stringContaining('HEIC'),
    });
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  });
});

test.each<[string, () => Promise<Uint8Array>, string, string]>([
  ['an archive in the archive', async () => zipFile([...(await pictures(['cat/1.png'])), { name: 'more/inner.zip', content: 'PK' }]), 'unknown_layout', '"more/inner.zip"'],
  ['a name that leads out', async () => zipFile(await pictures(['cat/ok.png', '../../evil.png'])), 'unsafe_archive', '"../../evil.png"'],
  ['a password', async () => zipFile([{ name: 'cat/1.png', content: 'x', flags: 1 }]), 'encrypted_archive', 'password'],
  ['images without folders', async () => zipFile(await pictures(['1.png', '2.png'])), 'unknown_layout', 'folder'],
  ['a thousand classes and one', async () => zipFile(Array.from({ length: 1001 }, (_, index) => ({ name: `${index}/1.png`, content: 'x' }))), 'too_many_classes', '1000'],
])('%s is refused', async (_, make, code, words) => {
  await expect(run(await make())).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
});

describe('the report', () => {
  test('finds the same and nearly the same pictures, in one class, in two, in two parts', async () => {
    const base = await Promise.all([0, 1, 2, 3].map((seed) => scene(seed, 64)));
    const png = (index: number): Promise<Buffer> => encode(base[index] as Buffer, 64, 64);
    const jpeg = (index: number): Promise<Buffer> => encode(base[index] as Buffer, 64, 64, 'jpeg');
    const version = await run(
      zipFile([
        { name: 'train/cat/same.png', content: await png(0) },
        { name: 'train/cat/same again.png', content: await png(0) },
        { name: 'train/cat/near.jpg', content: await jpeg(1) },
        { name: 'train/dog/conflict.png', content: await png(2) },
        { name: 'train/cat/conflict.png', content: await png(2) },
        { name: 'train/dog/leak.png', content: await png(3) },
        { name: 'test/dog/leak.png', content: await png(3) },
        { name: 'test/cat/near.png', content: await png(1) },
        ...(await pictures([...numbered('train/dog', 3), ...numbered('test/cat', 2)], 100)),
      ]),
    );
    expect(entryOf(version, 'exact_duplicates')).toMatchObject({ remedy: 'drop_duplicates', files: ['train/cat/same.png', 'train/cat/same again.png', 'train/dog/leak.png', 'test/dog/leak.png'] });
    expect(entryOf(version, 'conflicting_labels')).toMatchObject({ remedy: 'drop_conflicting', files: ['train/dog/conflict.png', 'train/cat/conflict.png'] });
    expect(entryOf(version, 'split_leakage')).toMatchObject({ remedy: 'drop_duplicates', files: ['train/dog/leak.png', 'test/dog/leak.png'] });
    expect(entryOf(version, 'near_duplicates')).toMatchObject({ remedy: 'drop_near_duplicates', files: ['train/cat/near.jpg', 'test/cat/near.png'] });
    expect(entryOf(version, 'near_split_leakage')?.count).toBe(2);
    const row = (path: string): ImageRow | undefined => version.rows.find((other) => other.path === path);
    const place = (path: string) => ({ split: row(path)?.split, row: row(path)?.row });
    // What is in test stays.
    expect(row('train/dog/leak.png')?.duplicateOf).toEqual(place('test/dog/leak.png'));
    expect(row('train/cat/near.jpg')?.duplicateOf).toEqual(place('test/cat/near.png'));
    expect(row('train/cat/same again.png')?.duplicateOf).toEqual(place('train/cat/same.png'));
    expect(row('test/dog/leak.png')?.duplicateOf).toBeNull();
    expect(row('train/dog/0.png')?.issues).toEqual([]);
  });

  test('tells plain pictures of different colours apart', async () => {
    const flat = (color: number[]): Promise<Buffer> => encode(Buffer.alloc(64 * 64 * 3, Buffer.from(color)), 64, 64);
    const version = await run(zipFile([{ name: 'a/1.png', content: await flat([255, 0, 0]) }, { name: 'a/2.png', content: await flat([0, 0, 255]) }, ...(await pictures(numbered('b', 2)))]));
    expect(version.codes).not.toContain('near_duplicates');
  });

  test('counts few, uneven, tiny and stretched', async () => {
    const version = await run(
      zipFile([...(await pictures([...numbered('many', 20), ...numbered('few', 2)])), { name: 'many/tiny.png', content: await picture(50, 9) }, { name: 'many/long.png', content: await encode(await scene(51, 128), 512, 32) }]),
    );
    expect(entryOf(version, 'few_images')).toMatchObject({ files: ['few'] });
    expect(entryOf(version, 'class_imbalance')).toMatchObject({ files: ['few'], message: expect.stringContaining('22 images against 2'), facts: { most: 22, least: 2 } });
    expect([entryOf(version, 'tiny_images')?.files, entryOf(version, 'extreme_shapes')?.files]).toEqual([['many/tiny.png'], ['many/long.png']]);
  });
});

describe('parts', () => {
  test('are drawn by class and by the seed, the same each time', async () => {
    const archive = zipFile(await pictures([...numbered('cat', 30), ...numbered('dog', 10)]));
    const draw = async (seed: number): Promise<Imported> => {
      folder = await newFolder();
      return run(archive, { seed });
    };
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(first.packs.map(({ split, images, classCounts }) => [split, images, classCounts])).toEqual([['train', 32, [24, 8]], ['test', 8, [6, 2]]]);
    expect(entryOf(first, 'split_made')?.count).toBe(8);
    expect(again.packs.map(({ sha256 }) => sha256)).toEqual(first.packs.map(({ sha256 }) => sha256));
    expect(other.places).not.toEqual(first.places);
  });

  test('keep what is the same on one side', async () => {
    const members = await pictures([...numbered('cat', 10), ...numbered('dog', 10)]);
    const twice = members.map(({ name, content }) => ({ name: `${String(name).slice(0, -4)}b.png`, content: content as Buffer }));
    const version = await run(zipFile([...members, ...twice]), { testFraction: 0.5 });
    expect(version.codes).not.toContain('split_leakage');
    expect(version.packs.map(({ images }) => images)).toEqual([20, 20]);
  });
});

test('where nobody chose a size, it is that of most images, from 32 to 224', async () => {
  const sized = async (side: number): Promise<number> => {
    folder = await newFolder();
    return (await run(zipFile(await Promise.all(['a/1', 'a/2', 'b/1', 'b/2'].map(async (name, index) => ({ name: `${name}.png`, content: await picture(index, side) })))), { imageSize: null })).side;
  };
  expect([await sized(28), await sized(60), await sized(300)]).toEqual([32, 60, 224]);
});

test('an import that is stopped ends at once and leaves nothing', async () => {
  const [file, out] = [join(folder, 'upload'), join(folder, 'out')];
  await writeFile(file, zipFile(await pictures([...numbered('cat', 40), ...numbered('dog', 40)])));
  await mkdir(out);
  const stop = new AbortController();
  const progress = createProgressMeter();
  const importing = importArchive({ archive: file, folder: out, options: ingestOptions.parse({ imageSize: 32 }), limits: defaultIngestLimits, processes: 1, progress: { ...progress, done: () => stop.abort(new Error('stop it')) }, signal: stop.signal });
  await expect(importing).rejects.toThrow('stop it');
  expect(await readdir(out)).toEqual([]);
});
