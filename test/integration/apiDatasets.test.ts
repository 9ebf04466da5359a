import type { Dataset, DatasetVersion, ImageRow, QuarantinedFile } from '@thaw/contract/datasets';
import type { IngestTarget } from '@thaw/contract/ingest';
import type { Run } from '@thaw/contract/runs';
import { inflateSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, smallRun, startApi, type Api, type Person } from './apiHarness.ts';
import { claimIngest, hexOf, imagesOf, petImages, uploadedDataset, type Ingest } from './ingestByHand.ts';

let api: Api;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
  bob = await api.person('bob', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from run`;
  await api.sql`delete from dataset where id <> 'cifar10'`;
  await api.sql`delete from removal`;
});

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
type Browsed = ImageRow & { thumbnail: string; image: string };

const taken = async (target?: IngestTarget): Promise<Ingest> => {
  const ingest = await claimIngest(api, target);
  if (ingest === null) throw new Error('nothing waits');
  return ingest;
};
/** A data set of Alice's whose version 1 is ready. */
const ready = async (images: ImageRow[] = petImages(), more: Parameters<Ingest['complete']>[1] = {}): Promise<string> => {
  const target = await uploadedDataset(api, alice);
  const { status, body } = await (await taken(target)).complete(images, more);
  if (status !== 204) throw new Error(JSON.stringify(body));
  return target.dataset;
};
const versionOf = async (id: string, version = 1, person = alice) => (await person.call<DatasetVersion>('GET', `/v1/datasets/${id}/versions/${version}`)).body;
const imagesAt = async (id: string, query = '') => (await alice.call<Page<Browsed> & { version: number }>('GET', `/v1/datasets/${id}/images${query}`)).body;
const places = ({ items }: { items: Browsed[] }) => items.map(({ split, row }) => `${split} ${row}`);

describe('a version', () => {
  it('shows how its import goes, then what came of it, and so does its data set', async () => {
    const target = await uploadedDataset(api, alice, '宠物');
    const get = async () => (await alice.call<Dataset>('GET', `/v1/datasets/${target.dataset}`)).body;
    expect(await get()).toMatchObject({ name: '宠物', status: 'queued', latest: 1, version: null, classes: [], report: [] });
    const ingest = await taken(target);
    await ingest.heartbeat({ images: 3, secondsLeft: 12 });
    expect(await versionOf(target.dataset)).toMatchObject({
      status: 'importing',
      trainable: false,
      origin: { kind: 'upload', file: 'pets.zip' },
      progress: { images: 3, secondsLeft: 12 },
      manifest: null,
    });
    const entry = { code: 'exact_duplicates', severity: 'warning', count: 1, files: ['a.png'], remedy: 'drop_duplicates', message: 'The same.' } as const;
    const quarantined = [1, 2, 3].map((n): QuarantinedFile => ({ path: `bad ${n}`, code: 'corrupt', message: 'damaged', ...(n === 2 && { facts: { format: 'BMP' } }) }));
    await ingest.complete(petImages(), { report: [{ ...entry, files: [...entry.files] }], quarantined });
    const classes = [{ name: '狗', count: 25 }, { name: '猫', count: 25 }];
    // 50 images of 32 x 32 x 3 bytes, their labels, and two headers.
    const bytes = expect.closeTo(50 * (3072 + 8), -3);
    expect(await get()).toMatchObject({ status: 'ready', version: 1, bytes, imageSize: { width: 32, height: 32 }, classes, report: [entry], splits: [{ split: 'train', images: 40 }, { split: 'test', images: 10 }] });
    expect(await versionOf(target.dataset)).toMatchObject({
      status: 'ready',
      trainable: true,
      classes,
      quarantined: 3,
      imageSize: { width: 32, height: 32 },
      bytes,
      splits: [{ split: 'train', classCounts: [20, 20] }, { split: 'test', classCounts: [5, 5] }],
      manifest: expect.stringMatching(/^s3:.*v1\/manifest.json$/),
    });
    const bad: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page<QuarantinedFile> = (await alice.call<Page<QuarantinedFile>>('GET', `/v1/datasets/${target.dataset}/versions/1/quarantined?limit=2${cursor && `&cursor=${cursor}`}`)).body;
      bad.push(...page.items.map(({ path }) => path));
      cursor = page.nextCursor;
    }
    expect(bad).toEqual(['bad 1', 'bad 2', 'bad 3']);
  });

  it('is cancelled at once while it waits, and by its worker once it is being imported', async () => {
    const waiting = await uploadedDataset(api, alice);
    const cancel = ({ dataset }: IngestTarget) => alice.call<DatasetVersion>('POST', `/v1/datasets/${dataset}/versions/1/cancel`);
    expect((await cancel(waiting)).body.status).toBe('cancelled');
    expect((await cancel(waiting)).status).toBe(409);
    expect(await claimIngest(api)).toBeNull();
    const busy = await uploadedDataset(api, alice);
    const ingest = await taken(busy);
    expect((await cancel(busy)).body).toMatchObject({ status: 'importing', stopRequested: true });
    expect((await ingest.heartbeat()).body).toEqual({ action: 'stop' });
    await ingest.stop();
    expect((await versionOf(busy.dataset)).status).toBe('cancelled');
    expect(await api.sql`select * from removal where prefix like ${`datasets/${busy.dataset}/uploads/%`}`).toHaveLength(1);
  });
});

describe('a failed import', () => {
  it('is tried again where another try may end otherwise', async () => {
    const target = await uploadedDataset(api, alice);
    const retry = () => alice.call<DatasetVersion & { detail?: string }>('POST', `/v1/datasets/${target.dataset}/versions/1/retry`);
    expect((await retry()).status).toBe(409);
    for (let tries = 0; tries < 3; tries++) {
      await api.sql`update dataset_version set available_at = now() where dataset_id = ${target.dataset}`;
      await (await taken()).fail('storage_unavailable');
    }
    expect((await versionOf(target.dataset)).status).toBe('failed');
    expect((await retry()).body).toMatchObject({ status: 'queued', failure: null });
    const ingest = await taken();
    expect(ingest.ticket.source).toMatchObject({ kind: 'upload', name: 'pets.zip' });
    await ingest.fail('encrypted_archive');
    expect((await retry()).body.detail).toMatch(/Password-protected archives are not supported/);
  });
});

describe('browsing', () => {
  it('goes through the images by part, class and issue, page by page', async () => {
    const images = petImages().map((image, index): ImageRow => (index === 3 || index === 45 ? { ...image, issues: ['split_leakage', 'tiny_images'] } : image));
    const id = await ready(images);
    const all: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page<Browsed> = await imagesAt(id, `?limit=20${cursor && `&cursor=${cursor}`}`);
      all.push(...places(page));
      cursor = page.nextCursor;
    }
    expect(all).toHaveLength(50);
    expect(new Set(all).size).toBe(50);
    expect(places(await imagesAt(id, '?split=test&limit=3'))).toEqual(['test 0', 'test 1', 'test 2']);
    expect((await imagesAt(id, `?class=${encodeURIComponent('猫')}&limit=200`)).items.map((image) => image.class)).toEqual(Array(25).fill('猫'));
    const marked = await imagesAt(id, '?issue=split_leakage');
    expect(marked.items.map(({ path, issues }) => [path, issues])).toEqual([45, 3].map((index) => [images[index]?.path, ['split_leakage', 'tiny_images']]));
    expect((await imagesAt(id, '?issue=split_leakage&split=train')).items).toHaveLength(1);
    for (const query of ['?cursor=nonsense', '?class=%00', '?issue=layout', '?split=other', '?version=x', '?limit=0']) expect((await alice.call('GET', `/v1/datasets/${id}/images${query}`)).status).toBe(422);
    expect((await alice.call('GET', `/v1/datasets/${id}/images?version=2`)).status).toBe(404);
  });

  it('shows the very pixels that are stored, for ever under one address', async () => {
    const id = await ready();
    const { items } = await imagesAt(id, '?split=train&limit=8');
    const image = items[7] as Browsed;
    for (const at of [image.thumbnail, image.image]) {
      const reply = await fetch(api.url + at, { headers: { authorization: `Bearer ${alice.key}` } });
      expect([reply.status, reply.headers.get('content-type'), reply.headers.get('cache-control')]).toEqual([200, 'image/png', 'private, max-age=31536000, immutable']);
      const { width, height, pixels } = decodePng(Buffer.from(await reply.arrayBuffer()));
      expect([width, height, [...new Set(pixels)]]).toEqual([32, 32, [7]]);
    }
    for (const wrong of ['train/40/full', 'val/0/full', 'train/0/huge', 'train/-1/full', 'train/x/full']) expect((await alice.call('GET', `/v1/datasets/${id}/versions/1/images/${wrong}`)).status).toBe(404);
  });

  it('works for CIFAR-10 too, which everyone sees and nobody changes', async () => {
    const { items } = await imagesAt('cifar10', '?split=test&class=frog&limit=20');
    expect(items).toHaveLength(10);
    expect(items[0]).toMatchObject({ path: 'test/frog/6', width: 32, height: 32 });
    const reply = await fetch(api.url + (items[1] as Browsed).image, { headers: { authorization: `Bearer ${bob.key}` } });
    expect([...new Set(decodePng(Buffer.from(await reply.arrayBuffer())).pixels)]).toEqual([16]);
    expect((items[1] as Browsed).sha256).toBe(hexOf(Buffer.alloc(3072, 16)));
    expect((await versionOf('cifar10', 1, bob)).origin).toEqual({ kind: 'builtin' });
    const changes: [string, string, object?][] = [['DELETE', ''], ['DELETE', '/versions/1'], ['POST', '/versions', { remedies: ['resplit'] }], ['POST', '/versions/1/cancel']];
    for (const [method, at, body] of changes) expect((await alice.call(method, `/v1/datasets/cifar10${at}`, body)).status).toBe(404);
  });
});

describe('a run on an uploaded data set', () => {
  const launch = (dataset: string) => alice.call<Run & { detail?: string }>('POST', '/v1/runs', { ...smallRun, data: { ...smallRun.data, dataset, batchSize: 16 } });

  it('uses the newest version that is ready, and keeps it from being deleted', async () => {
    const id = await ready();
    const { body: run } = await launch(id);
    expect(run.dataset).toEqual({ id, version: 1 });
    await alice.call('POST', `/v1/datasets/${id}/versions`, { edits: { exclude: [{ split: 'train', row: 0 }] } });
    expect((await launch(id)).body.dataset.version).toBe(1);
    expect((await claim(api, run.id))?.ticket.manifest.classes).toEqual(['狗', '猫']);
    for (const at of [`/v1/datasets/${id}/versions/1`, `/v1/datasets/${id}`]) expect((await alice.call('DELETE', at)).body).toMatchObject({ status: 409, detail: expect.stringMatching(/in use: 2 runs use it/) });
    await api.sql`delete from run`;
    // A version is being made of it.
    expect((await alice.call('DELETE', `/v1/datasets/${id}/versions/1`)).body.detail).toMatch(/newer version is being made of this one/);
    await (await taken()).complete([...imagesOf('train', '狗', 19), ...imagesOf('train', '猫', 20, 19)]);
    expect((await launch(id)).status).toBe(422);
    expect((await alice.call('DELETE', `/v1/datasets/${id}/versions/2`)).status).toBe(204);
    expect((await launch(id)).body.dataset.version).toBe(1);
    await api.sql`delete from run`;
    expect((await alice.call('DELETE', `/v1/datasets/${id}`)).status).toBe(204);
    expect((await alice.call('GET', `/v1/datasets/${id}`)).status).toBe(404);
    expect((await launch(id)).body.detail).toMatch(/no data set .* ready to train on/);
  });

  it('is refused in the words of the report where that has an error, and before anything is ready', async () => {
    const waiting = await uploadedDataset(api, alice);
    expect((await launch(waiting.dataset)).body.detail).toMatch(/ready to train on/);
    const message = 'A class needs two images or more: 鼠 has 1.';
    const id = await ready(petImages(), { report: [{ code: 'too_few_images', severity: 'error', count: 1, files: ['鼠'], remedy: null, message }] });
    expect(await versionOf(id)).toMatchObject({ status: 'ready', trainable: false });
    expect((await launch(id)).body).toMatchObject({ status: 422, detail: expect.stringContaining(message) });
  });
});

describe('what is someone else\'s', () => {
  it('is not found by its name either', async () => {
    const { dataset } = await uploadedDataset(api, alice, '小狗 Émile 100%');
    const found = async (search: string, person = alice) =>
      (await person.call<Page<Dataset>>('GET', `/v1/datasets?search=${encodeURIComponent(search)}`)).body.items.map(({ id }) => id);
    expect([await found('émile'), await found('狗 '), await found('0%'), await found('Emile'), await found('1_0')]).toEqual([[dataset], [dataset], [dataset], [], []]);
    expect([await found('émile', bob), await found('cifar', bob)]).toEqual([[], ['cifar10']]);
  });

  it('is not there, whatever is asked of it', async () => {
    const id = await ready();
    const waiting = await uploadedDataset(api, alice);
    const calls: [string, string, object?][] = [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['POST', '/versions', { remedies: ['resplit'] }],
      ['GET', '/versions/1'],
      ['DELETE', '/versions/1'],
      ['POST', '/versions/1/cancel'],
      ['POST', '/versions/1/retry'],
      ['GET', '/versions/1/quarantined'],
      ['GET', '/images'],
      ['GET', '/versions/1/images/train/0/full'],
      ['GET', '/versions/1/images/train/0/thumbnail'],
    ];
    for (const dataset of [id, waiting.dataset, 'none', '%00'])
      for (const [method, at, body] of calls) expect([method, at, (await bob.call(method, `/v1/datasets/${dataset}${at}`, body)).status]).toEqual([method, at, 404]);
    expect((await bob.call('POST', '/v1/runs', { ...smallRun, data: { ...smallRun.data, dataset: id } })).status).toBe(422);
    expect((await bob.call<Page<Dataset>>('GET', '/v1/datasets')).body.items.map((one) => one.id)).toEqual(['cifar10']);
    expect((await versionOf(waiting.dataset)).status).toBe('queued');
  });

  it('nor what a key has no scope for', async () => {
    const id = await ready();
    const reader = await api.person('alice', ['read']);
    expect((await reader.call('GET', `/v1/datasets/${id}/images`)).status).toBe(200);
    for (const [method, at, body] of [['DELETE', ''], ['POST', '/versions', { remedies: ['resplit'] }], ['DELETE', '/versions/1'], ['POST', '/versions/1/cancel']] as const)
      expect((await reader.call(method, `/v1/datasets/${id}${at}`, body)).status).toBe(403);
    expect((await caller(api.url, 'none')('GET', `/v1/datasets/${id}/images`)).status).toBe(401);
  });
});

/** An 8-bit RGB PNG with unfiltered rows, as the API writes it. */
function decodePng(file: Buffer): { width: number; height: number; pixels: Buffer } {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const at = file.indexOf('IDAT');
  const rows = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)));
  const line = 1 + width * 3;
  return { width, height, pixels: Buffer.concat(Array.from({ length: height }, (_, row) => rows.subarray(row * line + 1, (row + 1) * line))) };
}
