import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderSource } from '../../src/upload/folderSource.ts';
import { hashSource } from '../../src/upload/hashSource.ts';
import { openSource } from '../../src/upload/openSource.ts';

const never = new AbortController().signal;
const longName = `${'长'.repeat(60)}.png`;
const contents: Record<string, string> = {
  '猫/a.png': 'cat a',
  '猫/～.png': 'full-width tilde',
  '猫/😀.png': 'beyond the basic plane',
  [`狗/${longName}`]: 'a name of 184 bytes',
  [`plain/${'x'.repeat(94)}`]: 'a name of exactly 100 bytes',
  [`plain/${'x'.repeat(95)}`]: 'a name of 101 bytes',
  'plain/block.bin': 'b'.repeat(512),
  'plain/zero.png': '',
  'plain/big.bin': Buffer.alloc(300_001, 7).toString('latin1'),
};

describe('a folder as a tar archive', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'thaw-folder-'));
  const root = path.join(folder, 'pets');
  beforeAll(() => {
    for (const [name, text] of Object.entries(contents)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text, 'latin1');
    }
    mkdirSync(path.join(root, 'empty'));
    writeFileSync(path.join(root, '.DS_Store'), 'junk');
    writeFileSync(path.join(root, '猫/Thumbs.db'), 'junk');
    symlinkSync(path.join(root, '猫/a.png'), path.join(root, 'plain/link.png'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is one that tar unpacks to the same files, links as what they point to, without hidden files', async () => {
    const source = await folderSource(root);
    expect(source).toMatchObject({ fileName: 'pets.tar', leftOut: 2 });
    const archive = path.join(folder, 'pets.tar');
    const target = path.join(folder, 'unpacked');
    writeFileSync(archive, await source.read(0, source.bytes));
    mkdirSync(target);
    execFileSync('tar', ['-xf', archive, '-C', target]);
    const listed = execFileSync('tar', ['-tf', archive, '--quoting-style=literal']).toString().trim().split('\n');
    expect([...listed].sort()).toEqual([...Object.keys(contents), 'plain/link.png', 'empty/'].sort());
    for (const [name, text] of Object.entries({ ...contents, 'plain/link.png': 'cat a' })) expect(readFileSync(path.join(target, name), 'latin1'), name).toBe(text);
  });

  it('gives the same bytes by any cut, and again tomorrow', async () => {
    const source = await folderSource(root);
    const whole = await source.read(0, source.bytes);
    const sha256 = createHash('sha256').update(whole).digest('hex');
    for (const size of [500, 513, 70_000]) {
      const cuts = [];
      for (let at = 0; at < source.bytes; at += size) cuts.push(await source.read(at, Math.min(size, source.bytes - at)));
      expect(Buffer.compare(Buffer.concat(cuts), whole), `cut by ${size}`).toBe(0);
    }
    utimesSync(path.join(root, '猫/a.png'), 1, 1);
    const again = await folderSource(root);
    expect(await hashSource(again, never, () => undefined)).toBe(sha256);
  });

  it('stops when a file changes under its hands', async () => {
    const source = await folderSource(root);
    appendFileSync(path.join(root, '狗', longName), 'more');
    await expect(source.read(0, source.bytes)).rejects.toThrow(/has changed since the upload began/);
  });

  it('refuses what no data set can be made of, in words', async () => {
    const file = (name: string, bytes: string | Buffer): string => {
      const at = path.join(folder, name);
      writeFileSync(at, bytes);
      return at;
    };
    await expect(openSource(path.join(folder, 'nowhere'))).rejects.toThrow(/There is no/);
    await expect(openSource(path.join(root, 'empty'))).rejects.toThrow(/holds no files/);
    await expect(openSource(file('empty.zip', ''))).rejects.toThrow(/is empty/);
    await expect(openSource(file('cat.jpg', Buffer.from('ffd8ffe000104a464946', 'hex')))).rejects.toThrow(/is not an archive/);
    const huge = file('huge.zip', 'PK\x03\x04');
    truncateSync(huge, 20 * 2 ** 30 + 1);
    await expect(openSource(huge)).rejects.toThrow(/has 21\.5 GB, and an upload may have 20 GiB/);
    await expect(openSource(file('pets.rar', 'Rar!\x1a\x07'))).rejects.toThrow(/RAR archive, which is not supported/);
    symlinkSync(root, path.join(root, 'plain/round'));
    await expect(openSource(root)).rejects.toThrow(/links back to a folder that it is in/);
    rmSync(path.join(root, 'plain/round'));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/plain/`), Buffer.from([0xc3, 0xa8, 0xb9]), Buffer.from('.png')]), 'GBK name');
    await expect(openSource(root)).rejects.toThrow(/is not UTF-8/);
  });

  it('takes archives by what they begin with', async () => {
    const old = path.join(folder, 'old.tar');
    execFileSync('tar', ['--format=v7', '-cf', old, '-C', root, 'plain/block.bin']);
    const zip = path.join(folder, 'any-name');
    writeFileSync(zip, 'PK\x03\x04 and so on');
    for (const file of [old, zip]) {
      const { source } = await openSource(file);
      expect(Buffer.compare(await source.read(0, source.bytes), readFileSync(file))).toBe(0);
      await source.close();
    }
  });
});
