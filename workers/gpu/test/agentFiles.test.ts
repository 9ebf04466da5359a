import { chmod, link, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DownloadError, type DownloadOptions } from '@thaw/worker-agent/download';
import { ChangedFile, putFile } from '@thaw/worker-agent/putFile';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRoom } from '../src/agent/cacheRoom.ts';
import { fetchFile } from '../src/agent/fetchFile.ts';
import { sha256Of, startProtocolServer, type ProtocolServer } from './fixtures/protocolServer.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';

const newFolder = temporaryFolders();
const content = Buffer.alloc(300_000, 'a pack ');
const options: DownloadOptions = { signal: new AbortController().signal, backoff: { firstMs: 5, maxMs: 20 }, stallMs: 300, maxTries: 5 };
let server: ProtocolServer;
let folder: string;
const cache = (): { directory: string; maxBytes: number } => ({ directory: join(folder, 'cache'), maxBytes: 10 ** 9 });
const gets = (): number => server.calls.filter((call) => call === 'GET file').length;

beforeEach(async () => {
  server = await startProtocolServer();
  folder = await newFolder();
});
afterEach(() => server.close());

test('a file is fetched once, and again when its cached copy was truncated or changed', async () => {
  const file = server.addFile('file', content);
  const cached = join(cache().directory, file.sha256);
  await fetchFile(file, join(folder, '1'), cache(), options);
  await fetchFile(file, join(folder, '2'), cache(), options);
  expect(gets()).toBe(1);
  await chmod(cached, 0o600);
  await truncate(cached, 100);
  await fetchFile(file, join(folder, '3'), cache(), options);
  await rm(cached);
  await writeFile(cached, Buffer.alloc(content.length));
  await fetchFile(file, join(folder, '4'), cache(), options);
  expect(gets()).toBe(3);
  for (const name of ['3', '4']) expect(sha256Of(await readFile(join(folder, name)))).toBe(file.sha256);
  expect(await readdir(cache().directory)).toEqual([file.sha256]);
});

test('a download survives a storage that fails, cuts and hangs', async () => {
  const file = server.addFile('file', content);
  const faults = [503, 'cut', 'hang', 429] as const;
  server.fault = () => faults[gets()] ?? null;
  await fetchFile(file, join(folder, 'out'), cache(), options);
  expect(gets()).toBe(5);
});

test.each([
  ['longer than promised', { bytes: content.length - 1 }, 3],
  ['shorter than promised', { bytes: content.length + 1 }, 3],
  ['of another hash', { sha256: '0'.repeat(64) }, 3],
  ['missing', { url: '' }, 1],
])('a file that is %s is refused and leaves nothing behind', async (_, change, tries) => {
  const file = { ...server.addFile('file', content), ...change };
  if (file.url === '') server.objects.delete('file');
  const url = `${server.url}/storage/file?signature=geheim`;
  const failure: unknown = await fetchFile({ ...file, url }, join(folder, 'out'), cache(), options).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DownloadError);
  expect(String(failure)).not.toContain('geheim');
  expect(gets()).toBe(tries);
  expect(await readdir(folder)).toEqual(['cache']);
  expect(await readdir(cache().directory)).toEqual([]);
});

test('an aborted download ends at once', async () => {
  const file = server.addFile('file', content);
  server.fault = () => 'hang';
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stop it')), 50);
  await expect(fetchFile(file, join(folder, 'out'), cache(), { ...options, signal: controller.signal, stallMs: 60_000 })).rejects.toThrow('stop it');
});

test('the cache makes room by removing what was used longest ago, and runs keep their links', async () => {
  const [oldest, middle, newest] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
  for (const [name, usedAt] of [[middle, 200], [oldest, 100], [newest, 300]] as const) {
    await writeFile(join(folder, name), Buffer.alloc(1000));
    await utimes(join(folder, name), usedAt, usedAt);
  }
  await link(join(folder, oldest), join(folder, 'used by a run'));
  await makeRoom({ directory: folder, maxBytes: 2500 }, 1000);
  expect((await readdir(folder)).sort()).toEqual([newest, 'used by a run'].sort());
  expect((await stat(join(folder, 'used by a run'))).size).toBe(1000);
});

test('exactly the announced bytes are put', async () => {
  const path = join(folder, 'file');
  await writeFile(path, content);
  const url = `${server.url}/storage/key`;
  const file = { path, bytes: content.length, sha256: sha256Of(content) };
  const { signal } = options;
  await putFile(url, file, signal);
  expect(server.objects.get('key')?.equals(content)).toBe(true);
  for (const change of [{ bytes: content.length + 1 }, { bytes: content.length - 1 }, { sha256: '0'.repeat(64) }]) {
    server.objects.delete('key');
    await expect(putFile(url, { ...file, ...change }, signal)).rejects.toThrow(ChangedFile);
    expect(server.objects.has('key')).toBe(false);
  }
  server.fault = () => 503;
  await expect(putFile(url, file, signal)).rejects.toThrow('the storage answers 503');
  server.fault = () => 'hang';
  await expect(putFile(url, file, signal, 200)).rejects.toThrow('nothing moved for 0.2 s');
});
