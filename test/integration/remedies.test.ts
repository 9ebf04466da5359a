import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ingestQueue } from '@thaw/api/dispatch/ingestQueue';
import { processLauncher } from '@thaw/api/dispatch/processLauncher';
import { startDispatcher } from '@thaw/api/dispatch/startDispatcher';
import { createLog } from '@thaw/api/log';
import type { Dataset, DatasetVersion, ImageRow } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { encodePng } from '@thaw/formats/png';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyStorage, startApi, until, type Api, type Person } from './apiHarness.ts';

const log = createLog('test', 'silent');
let api: Api;
let alice: Person;
let running: { close: () => Promise<void> };

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    THAW_API_URL: api.url,
    THAW_WORKER_TOKEN: api.workerToken,
    THAW_WORK_DIR: path.join(api.servers.folder, 'work'),
  };
  const main = path.resolve(import.meta.dirname, '../../workers/ingest/src/main.ts');
  const launcher = processLauncher({ command: [process.execPath, main], environment, log, graceSeconds: 5 });
  running = startDispatcher({ log, databaseUrl: api.servers.databaseUrl, lines: [{ queue: ingestQueue({ db: api.db, log }), launcher, maxWorkers: 1 }], launchSeconds: 60, pollSeconds: 0.3 });
}, 60_000);
afterAll(async () => {
  await running?.close();
  await api?.stop();
});

/** Noise that no other number gives. */
const picture = (seed: number): Buffer => {
  let state = seed * 7919 + 17;
  const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 23);
  return encodePng({ width: 40, height: 40, pixels });
};

async function upload(folder: string): Promise<string> {
  const archive = path.join(api.servers.folder, 'pets.tar');
  execFileSync('tar', ['-cf', archive, '-C', folder, '.']);
  const bytes = readFileSync(archive);
  const { body: dataset } = await alice.call<Dataset>('POST', '/v1/datasets', { name: 'pets' });
  const { body: begun } = await alice.call<Upload>('POST', `/v1/datasets/${dataset.id}/uploads`, { fileName: 'pets.tar', bytes: bytes.length });
  const { body: places } = await alice.call<{ parts: { url: string }[] }>('POST', `/v1/uploads/${begun.id}/parts`, { parts: [1] });
  expect((await fetch(places.parts[0]?.url ?? '', { method: 'PUT', body: bytes })).ok).toBe(true);
  await alice.call('POST', `/v1/uploads/${begun.id}/complete`, {});
  return dataset.id;
}

async function readyVersion(id: string, version: number): Promise<DatasetVersion> {
  const get = async () => (await alice.call<DatasetVersion>('GET', `/v1/datasets/${id}/versions/${version}`)).body;
  await until(`version ${version} is there`, async () => ['ready', 'failed'].includes((await get()).status), 120);
  const made = await get();
  expect(made.failure).toBeNull();
  return made;
}

const imagesOf = async (id: string, query = '') => (await alice.call<{ items: (ImageRow & { image: string })[] }>('GET', `/v1/datasets/${id}/images?limit=200${query}`)).body.items;
const codes = ({ report }: DatasetVersion) => report.map(({ code }) => code);

it('what the report finds, one request puts right in a new version', { timeout: 300_000 }, async () => {
  const folder = path.join(api.servers.folder, 'pets');
  const put = (at: string, content: Buffer): void => {
    mkdirSync(path.join(folder, path.dirname(at)), { recursive: true });
    writeFileSync(path.join(folder, at), content);
  };
  for (let n = 0; n < 20; n++) put(`狗/${n}.png`, picture(n));
  for (let n = 0; n < 15; n++) put(`Cat/${n}.png`, picture(100 + n));
  for (let n = 0; n < 5; n++) put(`cat/lower-${n}.png`, picture(200 + n));
  // Twice in one class, and once in two.
  put('狗/copy.png', picture(3));
  put('Cat/not-a-dog.png', picture(4));
  put('狗/broken.png', picture(5).subarray(0, 200));
  const id = await upload(folder);
  const first = await readyVersion(id, 1);
  expect(first.classes).toEqual([{ name: 'Cat', count: 16 }, { name: 'cat', count: 5 }, { name: '狗', count: 21 }]);
  expect(codes(first)).toEqual(expect.arrayContaining(['exact_duplicates', 'conflicting_labels', 'case_classes', 'quarantined_files']));
  expect(first.quarantined).toBe(1);
  expect((await imagesOf(id, '&issue=conflicting_labels')).map((image) => image.path.replace('./', '')).sort()).toEqual(['Cat/not-a-dog.png', '狗/4.png']);

  const remedies = first.report.flatMap(({ remedy }) => remedy ?? []);
  const moved = (await imagesOf(id)).find((image) => image.path.endsWith('Cat/7.png')) as ImageRow;
  const edits = { relabel: [{ split: moved.split, row: moved.row, class: '狗' }] };
  expect((await alice.call('POST', `/v1/datasets/${id}/versions`, { remedies: [...new Set(remedies)], edits })).status).toBe(201);
  const second = await readyVersion(id, 2);
  // Of the cats one was no cat, and one was called a dog; of the dogs the copy and the one under two names are gone.
  expect(second.classes).toEqual([{ name: 'Cat', count: 19 }, { name: '狗', count: 20 }]);
  for (const code of ['exact_duplicates', 'conflicting_labels', 'case_classes', 'split_leakage']) expect(codes(second)).not.toContain(code);
  expect((await readyVersion(id, 1)).classes).toEqual(first.classes);
  // The picture has moved with its pixels.
  const pixelsOf = async (query: string) => {
    const image = (await imagesOf(id, query)).find(({ sha256 }) => sha256 === moved.sha256);
    const reply = await fetch(api.url + (image?.image ?? ''), { headers: { authorization: `Bearer ${alice.key}` } });
    return { class: image?.class, png: Buffer.from(await reply.arrayBuffer()).toString('base64') };
  };
  const [before, after] = [await pixelsOf('&version=1'), await pixelsOf('&version=2')];
  expect([before.class, after.class]).toEqual(['Cat', '狗']);
  expect(after.png).toBe(before.png);
});
