import { describe, expect, test } from 'vitest';
import { decideEncoding, nameDecoder } from '../src/archive/decodeNames.ts';
import { safePath } from '../src/archive/safePath.ts';
import { decideLayout } from '../src/layout/decideLayout.ts';
import { fileRole } from '../src/layout/fileRole.ts';

const raw = (bytes: Uint8Array | string, utf8 = false) => ({ bytes: Buffer.from(bytes).toString('latin1'), utf8 });

/** Paths as `split/class` of each, `-` where there is none. */
function places(paths: string[], tables: Record<string, string | Uint8Array> = {}, folders: string[] = []): string[] {
  const layout = decideLayout(paths, folders, Object.entries(tables).map(([path, text]) => ({ path, bytes: Buffer.from(text) })));
  return paths.map((_, index) => {
    const place = layout.placeOf(index);
    return `${place.split ?? '-'}/${place.class ?? '-'}`;
  });
}

describe('names', () => {
  /** 狗/1; 猫 alone would be è in UTF-8. */
  const gbk = Buffer.from('b9b72f31', 'hex');
  const cat = Buffer.from('c3a8', 'hex');
  const decodeAll = (names: ReturnType<typeof raw>[]): string[] => names.map(nameDecoder(decideEncoding(names, 'auto')));

  test('are decided once for the whole archive: UTF-8, else GBK, else code page 437', () => {
    expect(decodeAll([raw('猫/1'), raw('a')])).toEqual(['猫/1', 'a']);
    expect(decodeAll([raw(gbk), raw(cat), raw('a'), raw('猫', true)])).toEqual(['狗/1', '猫', 'a', '猫']);
    // One name that is no GBK: then all are what the zip format says.
    expect(decodeAll([raw(gbk), raw(Buffer.from('81', 'hex'))])).toEqual(['╣╖/1', 'ü']);
    expect(decideEncoding([raw('plain'), raw('猫', true)], 'auto')).toBeNull();
    expect(decideEncoding([raw(gbk)], 'cp437')).toBe('cp437');
  });

  test.each(['../../evil.jpg', '/abs/evil.jpg', 'dog/..\\..\\evil.jpg', 'C:\\evil.jpg', 'c:evil.jpg', '\\evil.jpg', 'out2/../../out2x/e.jpg', '..', 'a\0b'])('%j leads out and is refused by its name', (name) => {
    expect(() => safePath(name)).toThrow(expect.objectContaining({ code: 'unsafe_archive', message: expect.stringContaining(JSON.stringify(name)) }));
  });

  test('are made plain: separators, NFC, no control characters', () => {
    expect(['./cat//1.jpg', 'cat\\1.jpg', 'cafe\u0301/1.jpg', 'a\u001b[31m/1.jpg', './', 'a..b/..c'].map(safePath)).toEqual(['cat/1.jpg', 'cat/1.jpg', 'café/1.jpg', 'a\ufffd[31m/1.jpg', null, 'a..b/..c']);
  });

  test('tell what a file is not', () => {
    const roles = ['__MACOSX/pets/._1.jpg', 'cat/._1.jpg', '.DS_Store', 'cat/Thumbs.db', 'cat/desktop.ini', '.git/x.png', '@eaDir/1.jpg', 'README.md', 'labels.CSV', 'inner.zip', 'a.tar.gz', 'cat/1.jpg', 'cat/no_ending', 'cat/1.heic', 'cat/1.svg'].map(fileRole);
    expect(roles).toEqual([...Array<string>(8).fill('junk'), 'labels', 'archive', 'archive', ...Array<string>(4).fill('image')]);
  });
});

describe('folders', () => {
  test.each([
    ['a folder a class', ['cat/1.jpg', 'dog/2.jpg'], ['-/cat', '-/dog']],
    ['wrapped twice', ['a/b/cat/1.jpg', 'a/b/dog/2.jpg'], ['-/cat', '-/dog']],
    ['deeper folders belong to the class', ['cat/indoor/1.jpg', 'cat/2.jpg', 'dog/3.jpg'], ['-/cat', '-/cat', '-/dog']],
    ['one class only', ['pets/cat/1.jpg', 'pets/cat/2.jpg'], ['-/cat', '-/cat']],
    ['a stray file beside', ['pets/cover.jpg', 'pets/cat/1.jpg', 'pets/dog/2.jpg', 'other.jpg'], ['-/-', '-/cat', '-/dog', '-/-']],
    ['names that differ by case are two classes', ['Cat/a.jpg', 'cat/a.jpg', 'cat/A.JPG'], ['-/Cat', '-/cat', '-/cat']],
    ['parts, then classes', ['train/cat/1.jpg', 'val/cat/2.jpg', 'test/dog/3.jpg'], ['train/cat', 'val/cat', 'test/dog']],
    ['other spellings, wrapped', ['d/Training/cat/1.jpg', 'd/VALID/cat/2.jpg', 'd/Testing/dog/3.jpg'], ['train/cat', 'val/cat', 'test/dog']],
    ['validation', ['train/cat/1.jpg', 'validation/cat/2.jpg'], ['train/cat', 'val/cat']],
    ['classes, then parts', ['cat/train/1.jpg', 'cat/test/2.jpg', 'dog/train/3.jpg'], ['train/cat', 'test/cat', 'train/dog']],
    ['longer names, each wrapped again', ['training_set/training_set/cats/1.jpg', 'test_set/test_set/cats/2.jpg'], ['train/cats', 'test/cats']],
    ['a test part without classes', ['train/cat/1.jpg', 'train/dog/2.jpg', 'test/3.jpg'], ['train/cat', 'train/dog', 'test/-']],
    ['a class that is called train', ['train/1.jpg', 'bus/2.jpg'], ['-/train', '-/bus']],
    ['only a train part', ['train/cat/1.jpg', 'train/dog/2.jpg'], ['-/cat', '-/dog']],
  ])('%s', (_, paths, expected) => {
    expect(places(paths)).toEqual(expected);
  });

  test('without an image are named', () => {
    const layout = decideLayout(['train/cat/1.jpg', 'val/dog/2.jpg'], ['train', 'train/cat', 'train/empty', 'val', 'val/dog'], []);
    expect(layout.emptyClasses).toEqual(['empty']);
  });

  test('that tell no class are refused with what to do', () => {
    for (const paths of [['1.jpg', '2.jpg'], ['train/1.jpg', 'test/2.jpg']])
      expect(() => places(paths)).toThrow(expect.objectContaining({ code: 'unknown_layout', message: expect.stringContaining('folder') }));
  });
});

describe('tables of labels', () => {
  const flat = ['images/1.jpg', 'images/2.jpg', 'images/3.jpg'];
  test.each([
    ['with a header', 'labels.csv', 'filename,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n'],
    ['with none', 'labels.csv', '1.jpg,cat\n2.jpg,dog\n3.jpg,cat'],
    ['with a byte order mark, quotes, semicolons, CRLF', 'labels.csv', '\ufeff"File Name";"Class"\r\n"1.jpg";"cat"\r\n"2.jpg";dog\r\n3.jpg;"cat"\r\n'],
    ['tabs, no ending, other columns', 'meta.tsv', 'lesion_id\timage_id\tdx\tage\nL1\t1\tcat\t50\nL2\t2\tdog\t60\nL3\t3\tcat\t70\n'],
    ['whole paths of another machine', 'data/labels.csv', 'path,label\nC:\\data\\images\\1.jpg,cat\n/home/me/2.jpg,dog\nimages/3.jpg,cat\n'],
    ['the columns turned', 'labels.csv', 'species,image\ncat,1.jpg\ndog,2.jpg\ncat,3.jpg\n'],
    ['a name of the class beside its number', 'labels.csv', 'class id,filepaths,labels\n0,images/1.jpg,cat\n1,images/2.jpg,dog\n0,images/3.jpg,cat\n'],
  ])('%s', (_, name, text) => {
    expect(places(flat, { [name]: text })).toEqual(['-/cat', '-/dog', '-/cat']);
  });

  test('in UTF-16 and in GBK', () => {
    expect(places(flat, { 'l.csv': Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from('file,label\n1.jpg,猫\n2.jpg,狗\n', 'utf16le')]) })).toEqual(['-/猫', '-/狗', '-/-']);
    expect(places(flat, { 'l.csv': Buffer.concat([Buffer.from('file,label\n1.jpg,'), Buffer.from('b9b7', 'hex'), Buffer.from('\n2.jpg,b')]) })).toEqual(['-/狗', '-/b', '-/-']);
  });

  test('parts come from a column, from the name of the table, or from folders', () => {
    expect(places(flat, { 'l.csv': 'file,label,split\n1.jpg,cat,train\n2.jpg,dog,Test\n3.jpg,cat,valid\n' })).toEqual(['train/cat', 'test/dog', 'val/cat']);
    const twice = ['train/1.jpg', 'test/1.jpg'];
    expect(places(twice, { 'train.csv': '1.jpg,cat\n', 'test.csv': '1.jpg,dog\n' })).toEqual(['train/cat', 'test/dog']);
    expect(places(['train/1.jpg', 'test/2.jpg'], { 'l.csv': '1.jpg,cat\n2.jpg,dog\n' })).toEqual(['train/cat', 'test/dog']);
  });

  test('lines without a file are counted', () => {
    const layout = decideLayout(flat, [], [{ path: 'l.csv', bytes: Buffer.from('file,label\n1.jpg,cat\n2.jpg,dog\n9.jpg,dog\n') }]);
    expect(layout.missingLabels).toEqual({ count: 1, names: ['9.jpg'] });
  });

  test('that name few of the images leave the classes to the folders', () => {
    const paths = ['cat/1.jpg', 'cat/2.jpg', 'dog/3.jpg', 'dog/4.jpg'];
    expect(places(paths, { 'notes.csv': 'file,label\n1.jpg,fluffy\n' })).toEqual(['-/cat', '-/cat', '-/dog', '-/dog']);
    expect(places(paths, { 'labels.csv': 'file,label\n1.jpg,a\n2.jpg,b\n3.jpg,a\n4.jpg,b\n' })).toEqual(['-/a', '-/b', '-/a', '-/b']);
    expect(places(paths, { 'prices.csv': 'date,price\n2020,7\n2021,8\n' })).toEqual(['-/cat', '-/cat', '-/dog', '-/dog']);
  });
});
