import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outcome } from '../src/agent/ingestClient.ts';
import { startIngestServer, type IngestServer } from './fixtures/ingestServer.ts';
import { picture } from './fixtures/pictures.ts';
import { temporaryFolders } from './fixtures/temporaryFolder.ts';
import { zipFile } from './fixtures/zipFile.ts';

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const newFolder = temporaryFolders();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let folder: string;
let server: IngestServer;
let worker: ChildProcess;
let output = '';

async function archive(count = 4): Promise<Buffer> {
  const members = await Promise.all(Array.from({ length: count }, async (_, index) => ({ name: `${index % 2 === 0 ? '猫' : '狗'}/${index}.png`, content: await picture(index) })));
  return zipFile([...members, { name: '狗/bad.png', content: 'text' }]);
}
beforeEach(async () => {
  folder = await newFolder();
  server = await startIngestServer(await archive());
});
afterEach(async () => {
  worker.kill('SIGKILL');
  await server.close();
});

function start(environment: NodeJS.ProcessEnv = { THAW_INGEST: 'pets/1' }): Promise<number | null> {
  output = '';
  worker = spawn(process.execPath, [script], { env: { THAW_API_URL: server.url, THAW_WORKER_TOKEN: 'worker-token', THAW_WORK_DIR: join(folder, 'work'), THAW_DECODERS: '1', ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => worker.once('close', resolve));
}
const onlyOutcome = (): Outcome => {
  expect(server.finished, output).toHaveLength(1);
  return server.finished[0] as Outcome;
};

test('an import: fetched, read, stored in parts, told, and nothing left behind', async () => {
  server.partBytes = 5000;
  expect(await start()).toBe(0);
  const outcome = onlyOutcome();
  if (outcome.status !== 'ready') throw new Error(JSON.stringify(outcome));
  expect(outcome).toMatchObject({ quarantined: 1, manifest: { dataset: 'pets', version: 1, classes: ['狗', '猫'], source: 'pets.zip' } });
  for (const file of [...outcome.manifest.packs, outcome.images]) expect(sha256(server.objects.get(file.key) as Buffer)).toBe(file.sha256);
  expect(outcome.manifest.packs.map(({ key }) => key)).toEqual(['train.safetensors', 'test.safetensors']);
  const batch = server.batches.get(0);
  expect([batch?.images.length, batch?.quarantined.map(({ path }) => path)]).toEqual([4, ['狗/bad.png']]);
  expect(server.progress.length).toBeGreaterThan(2);
  expect(await readdir(join(folder, 'work'))).toEqual([]);
  expect(output).not.toMatch(/worker-token|attempt-token|geheim/);
});

test('a break costs nothing that is here, and an address that has expired is asked for anew', async () => {
  let gets = 0;
  const ranges: (string | undefined)[] = [];
  server.fault = (call, request) => {
    if (call !== 'GET archive') return null;
    ranges.push(request.headers.range);
    gets += 1;
    return gets === 1 ? 'cut' : gets === 2 ? 403 : gets === 3 ? 503 : null;
  };
  expect(await start()).toBe(0);
  expect(onlyOutcome().status).toBe('ready');
  const half = Math.ceil((server.objects.get('archive') as Buffer).length / 2);
  expect(ranges).toEqual([undefined, `bytes=${half}-`, `bytes=${half}-`, `bytes=${half}-`]);
  expect(server.calls.filter((call) => call === 'source')).toHaveLength(1);
});

test('what is stored is not what was uploaded', async () => {
  server.ticket = { ...server.ticket, source: { ...server.ticket.source, sha256: '0'.repeat(64) } as typeof server.ticket.source };
  expect(await start()).toBe(0);
  expect(onlyOutcome()).toMatchObject({ status: 'failed', code: 'upload_damaged' });
});

test('a storage that is away for a while is waited for', async () => {
  let puts = 0;
  server.fault = (call) => (call.startsWith('PUT') && ++puts < 3 ? 503 : null);
  expect(await start()).toBe(0);
  expect(onlyOutcome().status).toBe('ready');
});

test('an archive that is none is told as such', async () => {
  server.objects.set('archive', Buffer.alloc((server.objects.get('archive') as Buffer).length, 'x'));
  expect(await start()).toBe(0);
  expect(onlyOutcome()).toMatchObject({ status: 'failed', code: 'invalid_archive' });
});

test('a version that was edited is made without decoding', async () => {
  expect(await start()).toBe(0);
  const first = onlyOutcome();
  if (first.status !== 'ready') throw new Error(JSON.stringify(first));
  const { manifest, images } = first;
  const remote = ({ key, bytes, sha256: hash }: { key: string; bytes: number; sha256: string }) => {
    server.objects.set(`from-${key}`, server.objects.get(key) as Buffer);
    return { name: key, url: server.addressOf(`from-${key}`), bytes, sha256: hash };
  };
  const packs = manifest.packs.map((pack) => ({ ...remote(pack), split: pack.split }));
  server.ticket = { ...server.ticket, version: 2, source: { kind: 'edit', manifest, packs, images: remote(images), edits: { exclude: [{ split: 'train', row: 0 }], relabel: [], mergeClasses: [{ from: '猫', to: '狗' }], resplit: null } } };
  Object.assign(server, { claims: 1, finished: [] });
  expect(await start({ THAW_INGEST: 'pets/2' })).toBe(0);
  expect(onlyOutcome()).toMatchObject({ status: 'ready', manifest: { version: 2, classes: ['狗'], packs: [{ images: 1 }, { images: 2 }] } });
});

test('asked to stop, by the API or by a signal, it says so at once', async () => {
  server.fault = (call) => (call === 'GET archive' ? 503 : null);
  server.action = 'stop';
  expect(await start()).toBe(0);
  expect(onlyOutcome()).toEqual({ status: 'stopped' });

  Object.assign(server, { claims: 1, finished: [], action: 'continue', calls: [] });
  const ended = start({ THAW_IDLE_SECONDS: '1' });
  await vi.waitFor(() => expect(server.calls).toContain('GET archive'), 20_000);
  worker.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(onlyOutcome()).toEqual({ status: 'stopped' });
});

test('an attempt that has become void is dropped without a word', async () => {
  server.fault = (call) => (call === 'heartbeat' ? 409 : call === 'GET archive' ? 503 : null);
  expect(await start()).toBe(0);
  expect([server.finished, output]).toEqual([[], expect.stringContaining('dropped')]);
});

test('a wrong environment ends the worker with a reason', async () => {
  expect(await start({ THAW_API_URL: 'nonsense', THAW_INGEST: 'pets' })).toBe(1);
  expect(output).toMatch(/THAW_API_URL is the address of the API[^]*THAW_INGEST is a data set and a version/);
});
