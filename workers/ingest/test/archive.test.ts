import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { defaultIngestLimits, type IngestLimits } from '@thaw/contract/ingest';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ArchiveEntry } from '../src/archive/archive.ts';
import { openArchive } from '../src/archive/openArchive.ts';
import { tarBlocks, tarFile } from './fixtures/tarFile.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';
import { zipFile, type ZipMember } from './fixtures/zipFile.ts';

const newFolder = temporaryFolders();
let folder: string;
beforeEach(async () => (folder = await newFolder()));

type Seen = Pick<ArchiveEntry, 'kind'> & { name: string; content: string };

/** Reads everything twice, since passes must agree; gives the contents, or what reading one threw. */
async function readAll(bytes: Uint8Array, limits: Partial<IngestLimits> = {}): Promise<Seen[]> {
  const path = join(folder, 'upload');
  await writeFile(path, bytes);
  const archive = await openArchive(path, { ...defaultIngestLimits, ...limits });
  try {
    const passes: Seen[][] = [];
    for (let pass = 0; pass < 2; pass++) {
      const seen: Seen[] = [];
      for await (const { name, kind, read } of archive.entries()) {
        const content = kind === 'file' ? await read().then((data) => Buffer.from(data).toString(), refusal) : '';
        seen.push({ name: Buffer.from(name.bytes, 'latin1').toString(), kind, content });
      }
      passes.push(seen);
    }
    expect(passes[1]).toEqual(passes[0]);
    return passes[0] as Seen[];
  } finally {
    await archive.close();
  }
}

function refusal(error: unknown): string {
  if (error instanceof Error && error.name === 'Quarantined') return `quarantined: ${error.message}`;
  throw error;
}

const text = 'a picture, say';
const members: ZipMember[] = [{ name: 'cat/1.jpg', content: text }, { name: 'cat/', content: '' }, { name: 'dog/2.jpg', content: text, method: 0 }, { name: 'dog/3.jpg', content: text, method: 93 }];
const expected = [
  { name: 'cat/1.jpg', kind: 'file', content: text },
  { name: 'cat/', kind: 'directory', content: '' },
  { name: 'dog/2.jpg', kind: 'file', content: text },
  { name: 'dog/3.jpg', kind: 'file', content: text },
];

describe('zip', () => {
  test.each([
    ['plain', {}],
    ['zip64', { zip64: true }],
    ['with a comment that looks like an end', { comment: 'PK\x05\x06'.repeat(9) }],
    ['after something else', { before: Buffer.from('PK\x03\x04'.padEnd(1000, 'x')) }],
  ])('%s is read, stored, deflated and zstd', async (_, shape) => {
    expect(await readAll(zipFile(members, shape))).toEqual(expected);
  });

  test('an entry that is damaged is refused alone', async () => {
    const broken: ZipMember[] = [
      { name: 'crc', content: text, crc: 7 },
      { name: 'size', content: text, declaredBytes: 3 },
      { name: 'method', content: text, method: 12 },
      { name: 'stream', content: Buffer.alloc(50, 0xff), method: 0 },
      { name: 'fine', content: text },
    ];
    const bytes = zipFile(broken);
    // The stored one claims to be deflated.
    bytes.writeUInt16LE(8, bytes.lastIndexOf('stream') - 46 + 10);
    const seen = await readAll(bytes);
    expect(seen.map(({ content }) => content)).toEqual([
      expect.stringContaining('checksum is wrong'),
      expect.stringContaining('where the zip says 3'),
      expect.stringContaining('packed by bzip2'),
      expect.stringContaining('damaged'),
      text,
    ]);
  });

  test('links and devices are told from files by their mode', async () => {
    const seen = await readAll(zipFile([{ name: 'a', content: text, mode: 0o100644 }, { name: 'b', content: '/etc/passwd', mode: 0o120777 }, { name: 'c', content: '', mode: 0o20644 }]));
    expect(seen.map(({ kind }) => kind)).toEqual(['file', 'link', 'special']);
  });

  test('a password is refused before any work, whichever entry has it', async () => {
    await expect(readAll(zipFile([...members, { name: 'dog/4.jpg', content: text, flags: 1 }]))).rejects.toMatchObject({ code: 'encrypted_archive', message: expect.stringContaining('"dog/4.jpg"') });
  });

  test('a zip that was cut off, split or tampered with is refused with what to do', async () => {
    const whole = zipFile(members);
    for (const bytes of [whole.subarray(0, whole.length - 30), whole.subarray(0, 60)])
      await expect(readAll(bytes)).rejects.toMatchObject({ code: 'invalid_archive', message: expect.stringContaining('cut off') });
    const wide = zipFile(members, { zip64: true });
    for (const [bytes, at] of [[whole, whole.length - 6], [whole, whole.length - 10], [wide, wide.length - 22 - 20 - 8]] as const) {
      const tampered = Buffer.from(bytes);
      tampered.fill(0xff, at, at + 4);
      await expect(readAll(tampered)).rejects.toMatchObject({ code: 'invalid_archive' });
    }
    const part = Buffer.from(whole);
    part.writeUInt16LE(3, part.length - 18);
    await expect(readAll(part)).rejects.toThrow('one part of a zip that was split');
  });

  test('entries that share bytes are refused: a small file would unpack to petabytes', async () => {
    await expect(readAll(zipFile([{ name: 'a', content: text }, { name: 'b', content: text, headerOffset: 0 }]))).rejects.toThrow('overlap');
  });

  test('what is unpacked is counted, and no declared size believed', async () => {
    const zeros = Buffer.alloc(3 * 2 ** 20);
    const lying = zipFile([{ name: 'a', content: zeros, declaredBytes: 10 }, { name: 'b', content: text }]);
    expect((await readAll(lying, { entryBytes: 2 ** 20 })).map(({ content }) => content)).toEqual([expect.stringContaining('1048576 bytes are allowed'), text]);
    await expect(readAll(lying, { bytes: 2 ** 20 })).rejects.toMatchObject({ code: 'archive_too_large' });
    await expect(readAll(zipFile(members), { entries: 3 })).rejects.toMatchObject({ code: 'archive_too_large' });
  });

  test('a bomb is refused in no time and no memory', async () => {
    const bomb = zipFile([{ name: 'cat/big.jpg', content: Buffer.alloc(200 * 2 ** 20) }]);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    await expect(readAll(bomb)).rejects.toMatchObject({ code: 'archive_too_large' });
    expect(performance.now() - start).toBeLessThan(3000);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20);
  });
});

describe('tar', () => {
  const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex');
  const long = `${'very long folder name/'.repeat(8)}1.jpg`;
  const tarMembers = [{ name: 'cat/1.jpg', content: Buffer.from(text) }, { name: 'cat', type: 'directory' as const }, { name: long, content: Buffer.from(text) }, { name: '猫/2.jpg', content: Buffer.from(text) }];
  const tarExpected = [{ name: 'cat/1.jpg', kind: 'file', content: text }, { name: expect.stringMatching(/^cat/), kind: 'directory', content: '' }, { name: long, kind: 'file', content: text }, { name: '猫/2.jpg', kind: 'file', content: text }];

  test.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['several gzip members', (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))])],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['several zstd frames', (bytes: Buffer) => Buffer.concat([skippable, zstdCompressSync(bytes.subarray(0, 700)), skippable, zstdCompressSync(bytes.subarray(700))])],
  ])('%s is read, with long and Chinese names', async (_, compress) => {
    expect(await readAll(compress(await tarFile(tarMembers)))).toEqual(tarExpected);
  });

  test('links and devices are told from files', async () => {
    const seen = await readAll(gzipSync(await tarFile([{ name: 'a', content: Buffer.from(text) }, { name: 'b', type: 'symlink', linkname: '/etc/passwd' }, { name: 'c', type: 'link', linkname: 'a' }, { name: 'd', type: 'character-device' }])));
    expect(seen.map(({ kind }) => kind)).toEqual(['file', 'link', 'link', 'special']);
  });

  test('a tar that was cut off or damaged is refused', async () => {
    const whole = await tarFile(tarMembers);
    const noise = Buffer.from(whole);
    noise.fill(0x41, 1024, 1100);
    for (const bytes of [whole.subarray(0, 1100), gzipSync(whole.subarray(0, 1100)), gzipSync(whole).subarray(0, -20), zstdCompressSync(whole).subarray(0, -20), noise, gzipSync(noise)])
      await expect(readAll(bytes)).rejects.toMatchObject({ code: 'invalid_archive' });
  });

  test('headers that ask for much memory get none', async () => {
    const name = Buffer.from('x');
    const header = tarBlocks(name, Buffer.alloc(1024), { type: 'x', size: 2 ** 30 });
    await expect(readAll(header)).rejects.toMatchObject({ code: 'invalid_archive' });
    expect(await readAll(Buffer.concat([tarBlocks(name, Buffer.alloc(2 ** 20)), tarBlocks(name, Buffer.from(text)), Buffer.alloc(1024)]), { entryBytes: 1000 })).toMatchObject([
      { content: expect.stringContaining('1000 bytes are allowed') },
      { content: text },
    ]);
  });

  test('a bomb is refused while it unpacks', async () => {
    const bomb = gzipSync(Buffer.concat([tarBlocks(Buffer.from('cat/big.jpg'), Buffer.alloc(200 * 2 ** 20)), Buffer.alloc(1024)]));
    const before = process.memoryUsage().rss;
    await expect(readAll(bomb)).rejects.toMatchObject({ code: 'archive_too_large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
  });
});

test.each([
  ['nothing', Buffer.alloc(0), 'empty'],
  ['rar', Buffer.from('526172211a0700', 'hex'), 'a RAR archive'],
  ['7z', Buffer.from('377abcaf271c0004', 'hex'), 'a 7z archive'],
  ['bzip2', Buffer.from('BZh91AY'), 'compressed by bzip2'],
  ['an image', Buffer.from('ffd8ffe000104a46', 'hex'), 'a single JPEG'],
  ['gzip of something else', gzipSync(Buffer.alloc(2000, 'x')), 'there is no whole tar in it'],
  ['text', Buffer.alloc(2000, 'x'), 'none of these'],
])('%s is told what it is', async (_, bytes, what) => {
  await expect(readAll(bytes)).rejects.toMatchObject({ code: 'invalid_archive', message: expect.stringContaining(what) });
});
