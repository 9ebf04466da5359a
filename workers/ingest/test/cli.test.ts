import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetManifest } from '@thaw/contract/datasets';
import { sha256OfFile } from '@thaw/formats/fileHash';
import { beforeEach, expect, test } from 'vitest';
import { picture } from './fixtures/pictures.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';
import { zipFile } from './fixtures/zipFile.ts';

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const newFolder = temporaryFolders();
let folder: string;
beforeEach(async () => (folder = await newFolder()));

async function run(...args: string[]): Promise<{ code: number | null; last: Record<string, unknown>; errors: string }> {
  const child = spawn(process.execPath, [script, ...args], { env: { INIT_CWD: folder } });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, last: output === '' ? {} : (JSON.parse(output.trim().split('\n').at(-1) as string) as Record<string, unknown>), errors };
}

test('writes packs, rows and a manifest with the report, as the trainer takes them', async () => {
  const members = await Promise.all(['cat/1', 'cat/2', 'dog/3', 'dog/4'].map(async (name, seed) => ({ name: `${name}.png`, content: await picture(seed) })));
  await writeFile(join(folder, 'pets.zip'), zipFile(members));
  const { code, last, errors } = await run('--archive', 'pets.zip', '--out', 'data', '--size', '32', '--seed', '1', '--processes', '1');
  expect([code, errors]).toEqual([0, '']);
  expect(last).toMatchObject({ type: 'finished', status: 'ready', classes: 2, splits: [{ split: 'train', images: 2 }, { split: 'test', images: 2 }] });
  const data = join(folder, 'data');
  expect((await readdir(data)).sort()).toEqual(['images.ndjson', 'manifest.json', 'test.safetensors', 'train.safetensors']);
  const manifest = datasetManifest.parse(JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8')));
  expect(manifest).toMatchObject({ dataset: 'pets', source: 'pets.zip', height: 32, classes: ['cat', 'dog'], report: last['report'] });
  for (const pack of manifest.packs) expect(await sha256OfFile(join(data, pack.key))).toBe(pack.sha256);
});

test('says what is wrong with its arguments and with the archive, and ends with 2', async () => {
  await writeFile(join(folder, 'text.zip'), 'text');
  expect(await run('--archive', 'text.zip', '--out', 'data')).toMatchObject({ code: 2, last: { status: 'failed', code: 'invalid_archive' }, errors: expect.stringContaining('Upload a zip') });
  expect(await run('--archive', 'text.zip')).toMatchObject({ code: 2, errors: expect.stringContaining('--out is missing') });
  expect(await run('--archive', 'text.zip', '--out', 'data', '--size', '7')).toMatchObject({ code: 2, errors: expect.stringContaining('imageSize') });
  expect(await run('--archive', 'none.zip', '--out', 'data')).toMatchObject({ code: 2 });
});
