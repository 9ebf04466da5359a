import { giveUploadPlace } from '@thaw/api/ingests/giveUploadPlace';
import { ingestQueue } from '@thaw/api/dispatch/ingestQueue';
import { withCaller } from '@thaw/api/context';
import { createLog } from '@thaw/api/log';
import type { IngestTarget } from '@thaw/contract/ingest';
import { noLimits } from '@thaw/contract/quotas';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, startApi, type Api, type Person } from './apiHarness.ts';
import { claimIngest, imagesOf, petImages, uploadedDataset, type Ingest } from './ingestByHand.ts';

const log = createLog('test', 'silent');
let api: Api;
let alice: Person;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { LEASE_SECONDS: '5' } });
  alice = await api.person('alice', ['runs', 'datasets']);
}, 60_000);
afterAll(async () => api?.stop());
afterEach(async () => {
  await api.sql`delete from dataset where id <> 'cifar10'`;
  await api.sql`delete from removal`;
});

const rowOf = async ({ dataset, version }: IngestTarget) => {
  const [row] = await api.sql`select * from dataset_version where dataset_id = ${dataset} and version = ${version}`;
  return row as { status: string; attempt: number; failure: { code: string; message: string } | null; progress: unknown; manifest: object | null; attempts_in_vain: number };
};
const taken = async (target?: IngestTarget): Promise<Ingest> => {
  const ingest = await claimIngest(api, target);
  if (ingest === null) throw new Error('nothing waits');
  return ingest;
};
const removals = async () => (await api.sql<{ prefix: string }[]>`select prefix from removal order by id`).map(({ prefix }) => prefix);

describe('an import', () => {
  it('is claimed once, in the order of uploading, with the archive and what to do with it', async () => {
    const [first, second] = [await uploadedDataset(api, alice, 'first'), await uploadedDataset(api, alice)];
    const [one, two, three] = [await taken(), await taken(), await claimIngest(api)];
    expect([one, two].map(({ ticket }) => ticket.dataset)).toEqual([first.dataset, second.dataset]);
    expect(three).toBeNull();
    const { source, name, options, limits } = one.ticket;
    expect({ name, options }).toEqual({ name: 'first', options: { imageSize: null, testFraction: 0.2, seed: 0, fileNames: 'auto' } });
    expect(limits.classes).toBe(1000);
    if (source.kind !== 'upload') throw new Error(source.kind);
    const archive = await fetch(source.url).then((reply) => reply.text());
    expect(archive).toHaveLength(source.bytes);
    const again = await one.post<typeof source>('source', {});
    expect(await fetch(again.body.url).then((reply) => reply.text())).toBe(archive);
  });

  it('is given once when eight ask at the same time, and to none but who asks for it by name', async () => {
    const target = await uploadedDataset(api, alice);
    expect(await claimIngest(api, { dataset: target.dataset, version: 2 })).toBeNull();
    expect(await claimIngest(api, { dataset: '\0', version: 1 })).toBeNull();
    const all = await Promise.all(Array.from({ length: 8 }, () => claimIngest(api, target)));
    expect(all.filter((one) => one !== null)).toHaveLength(1);
  });

  it('makes the version ready once all that it names is stored', async () => {
    const target = await uploadedDataset(api, alice);
    const ingest = await taken(target);
    expect((await ingest.heartbeat({ images: 7 })).body).toEqual({ action: 'continue' });
    expect((await rowOf(target)).progress).toMatchObject({ images: 7 });
    const busy = async () => (await alice.call<{ items: { busy: boolean; run: string | null }[] }>('GET', '/v1/workers')).body.items.map(({ busy, run }) => [busy, run]);
    expect(await busy()).toEqual([[true, null]]);
    const quarantined = [{ path: '猫/bad.jpg', code: 'truncated' as const, message: 'cut off' }];
    expect((await ingest.complete(petImages(), { quarantined })).status).toBe(204);
    expect(await rowOf(target)).toMatchObject({ status: 'ready', failure: null, manifest: { classes: ['狗', '猫'], packs: [{ images: 40 }, { images: 10 }] } });
    const manifest = await fetch(await api.storage.presignGet(`datasets/${target.dataset}/v1/manifest.json`, 'worker')).then((reply) => reply.json());
    expect(manifest).toEqual((await rowOf(target)).manifest);
    expect(await busy()).toEqual([[false, null]]);
    // The archive has done its work.
    expect(await removals()).toEqual([expect.stringContaining(`datasets/${target.dataset}/uploads/`)]);
  });

  it('believes nothing of a file that is missing, shorter or other than was hashed, and takes the images from nobody twice', async () => {
    const target = await uploadedDataset(api, alice);
    const ingest = await taken(target);
    const images = petImages();
    for (let i = 0; i < 2; i++) expect((await ingest.images(0, images)).status).toBe(204);
    const train = await ingest.put('train.safetensors', Buffer.from('train'));
    const listed = await ingest.put('images.ndjson', Buffer.from('listed'));
    const pack = { split: 'train', ...train, images: 50, classCounts: [25, 25] };
    const manifest = { format: 'thaw-dataset-1', ...target, classes: ['狗', '猫'], height: 32, width: 32, packs: [pack], source: '', report: [] };
    const finish = (change: object, imagesFile: object = listed) =>
      ingest.post('finish', { outcome: { status: 'ready', manifest: { ...manifest, ...change }, images: imagesFile, quarantined: 0 } });
    const other = '0'.repeat(64);
    expect((await finish({ packs: [{ ...pack, sha256: other }] })).body).toMatchObject({ status: 409, detail: expect.stringMatching(/train.safetensors is in the storage with other bytes/) });
    expect((await finish({ packs: [{ ...pack, bytes: 4 }] })).body.detail).toMatch(/in the storage with 5 bytes, not with 4/);
    expect((await finish({}, { ...listed, key: 'datasets/cifar10/v1/manifest.json' })).status).toBe(422);
    expect((await finish({ packs: [{ ...pack, key: 'datasets/cifar10/v1/train.safetensors' }] })).status).toBe(422);
    expect((await finish({ classes: ['狗', '狗'] })).status).toBe(422);
    expect((await finish({ packs: [{ ...pack, classCounts: [25, 24] }] })).status).toBe(422);
    expect((await finish({ packs: [{ ...pack, images: 49, classCounts: [25, 24] }] })).body.detail).toMatch(/counts 49 images and 50 rows/);
    await api.storage.remove([listed.key]);
    expect((await finish({})).body.detail).toMatch(/images.ndjson is not in the storage/);
    expect(await rowOf(target)).toMatchObject({ status: 'importing', manifest: null });
    await ingest.put('images.ndjson', Buffer.from('listed'));
    expect((await finish({})).status).toBe(204);
    // The answer was lost: the same call again is harmless.
    expect((await finish({})).status).toBe(204);
  });

  it('leaves no parts behind when it ends while a place for them is given', async () => {
    const target = await uploadedDataset(api, alice);
    const ingest = await taken(target);
    const { attempt } = ingest.ticket;
    const begun: [string, string][] = [];
    const beginMultipart = async (key: string): Promise<string> => {
      const id = await api.storage.beginMultipart(key);
      begun.push([key, id]);
      await ingest.stop();
      return id;
    };
    const base = { db: api.db, storage: { ...api.storage, beginMultipart }, log, settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } };
    const ctx = withCaller(base, { kind: 'ingest' as const, datasetId: target.dataset, version: 1, attempt });
    await expect(giveUploadPlace(ctx, { attempt, name: 'train.safetensors', bytes: 6 * 2 ** 20 }, 5 * 2 ** 20)).rejects.toMatchObject({ kind: 'stale-attempt' });
    expect(begun).toHaveLength(1);
    for (const [key, id] of begun) expect(await api.storage.listParts(key, id)).toBeNull();
  });

  it('takes a large file in parts', async () => {
    const target = await uploadedDataset(api, alice);
    const ingest = await taken(target);
    const { attempt } = ingest.ticket;
    const base = { db: api.db, storage: api.storage, log, settings: { leaseSeconds: 30, heartbeatSeconds: 10, quota: noLimits } };
    const ctx = withCaller(base, { kind: 'ingest' as const, datasetId: target.dataset, version: 1, attempt });
    const images = [...imagesOf('train', 'a', 1000), ...imagesOf('train', 'b', 1000, 1000)];
    await ingest.images(0, images);
    const bytes = Buffer.alloc(6 * 2 ** 20, 'x');
    const place = () => giveUploadPlace(ctx, { attempt, name: 'train.safetensors', bytes: bytes.length }, 5 * 2 ** 20);
    await place();
    const { key, parts } = await place();
    expect(parts.map(({ offset, bytes: size }) => [offset, size])).toEqual([[0, 5 * 2 ** 20], [5 * 2 ** 20, 2 ** 20]]);
    for (const part of parts) expect((await fetch(part.url, { method: 'PUT', body: bytes.subarray(part.offset, part.offset + part.bytes) })).ok).toBe(true);
    const listed = await ingest.put('images.ndjson', Buffer.from('listed'));
    const sha256 = (await import('node:crypto')).createHash('sha256').update(bytes).digest('hex');
    const packs = [{ split: 'train', key, bytes: bytes.length, sha256, images: 2000, classCounts: [1000, 1000] }];
    const manifest = { format: 'thaw-dataset-1', ...target, classes: ['a', 'b'], height: 32, width: 32, packs, source: '', report: [] };
    expect((await ingest.post('finish', { outcome: { status: 'ready', manifest, images: listed, quarantined: 0 } })).status).toBe(204);
    // The place that was asked for first, and the archive.
    expect(await removals()).toEqual([key, expect.stringContaining('/uploads/')]);
  });
});

describe('an attempt at an import', () => {
  it('that has lost the version is refused in every call, and what it said is void', async () => {
    const target = await uploadedDataset(api, alice);
    const lost = await taken(target);
    await lost.images(0, imagesOf('train', 'old', 3), [{ path: 'old', code: 'corrupt', message: 'old' }]);
    await lost.put('train.safetensors', Buffer.from('old'));
    await api.sql`update dataset_version set lease_expires_at = now() - interval '1 second' where dataset_id = ${target.dataset}`;
    expect(await ingestQueue({ db: api.db, log }).expireLeases()).toBe(1);
    expect(await rowOf(target)).toMatchObject({ status: 'queued', attempts_in_vain: 1, progress: null });
    expect(await removals()).toEqual([`datasets/${target.dataset}/v1/attempt-1/`]);
    const refused = async () => {
      const replies = [
        await lost.heartbeat(),
        await lost.post('source', {}),
        await lost.images(1, petImages()),
        await lost.post('uploads', { name: 'images.ndjson', bytes: 3 }),
        await lost.fail('no_images'),
        await lost.stop(),
      ];
      expect(replies.map(({ status, body }) => [status, (body as { type: string }).type])).toEqual(Array(6).fill([409, 'urn:thaw:problem:stale-attempt']));
    };
    await refused();
    await api.sql`update dataset_version set available_at = now() where dataset_id = ${target.dataset}`;
    const next = await taken(target);
    expect(next.ticket.attempt).toBe(2);
    await refused();
    expect((await lost.complete(petImages()).catch(String))).toMatch(/stale-attempt/);
    expect(await api.sql`select * from dataset_image where dataset_id = ${target.dataset}`).toHaveLength(0);
    expect((await next.complete(petImages())).status).toBe(204);
    await refused();
    expect(await api.sql`select * from quarantined_file where dataset_id = ${target.dataset}`).toHaveLength(0);
    expect(await rowOf(target)).toMatchObject({ status: 'ready', attempt: 2 });
  });

  it('opens nothing but its own version, and names its own number', async () => {
    const [mine, other] = [await uploadedDataset(api, alice), await uploadedDataset(api, alice)];
    const ingest = await taken(mine);
    const call = caller(api.url, ingest.ticket.attemptToken);
    expect((await call('POST', `/worker/v1/ingests/${other.dataset}/1/source`, { attempt: 1 })).status).toBe(404);
    expect((await call('POST', `/worker/v1/runs/${mine.dataset}/heartbeat`, { attempt: 1 })).status).toBe(401);
    expect((await call('POST', `/worker/v1/ingests/${mine.dataset}/1/source`, { attempt: 2 })).status).toBe(409);
    expect((await caller(api.url, api.workerToken)('POST', `/worker/v1/ingests/${mine.dataset}/1/source`, { attempt: 1 })).status).toBe(401);
    expect((await caller(api.url, alice.key)('POST', '/worker/v1/ingests/claim', { worker: { name: 'x', device: { type: 'cpu', name: 'x' } } })).status).toBe(403);
  });

  it('that fails for good fails the version with its words; else it is tried three times', async () => {
    const hopeless = await uploadedDataset(api, alice);
    await (await taken(hopeless)).fail('encrypted_archive', 'Entry cat/1.jpg is encrypted.');
    expect(await rowOf(hopeless)).toMatchObject({ status: 'failed', failure: { code: 'encrypted_archive', message: 'Entry cat/1.jpg is encrypted.' } });
    expect(await removals()).toHaveLength(1);
    const unlucky = await uploadedDataset(api, alice);
    for (let number = 1; number <= 3; number++) {
      await api.sql`update dataset_version set available_at = now() where dataset_id = ${unlucky.dataset}`;
      const ingest = await taken(unlucky);
      expect(ingest.ticket.attempt).toBe(number);
      await ingest.fail('worker_crashed');
    }
    expect(await rowOf(unlucky)).toMatchObject({ status: 'failed', failure: { code: 'worker_crashed', message: 'a message The import was given up after 3 tries.' } });
  });

  it('that is stopped by its machine leaves the version to another, without a count', async () => {
    const target = await uploadedDataset(api, alice);
    await (await taken(target)).stop();
    expect(await rowOf(target)).toMatchObject({ status: 'queued', attempts_in_vain: 0 });
    await taken(target);
  });
});
