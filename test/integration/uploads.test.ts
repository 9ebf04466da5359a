import type { Dataset, DatasetVersion } from '@thaw/contract/datasets';
import type { Problem } from '@thaw/contract/problems';
import type { PartsReply, Upload } from '@thaw/contract/uploads';
import { sweepUploads } from '@thaw/api/uploads/sweepUploads';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type Api, type Person } from './apiHarness.ts';
import { missingStorage, type StorageKind } from './servers.ts';

const partBytes = 8 * 2 ** 20;
const file = new Uint8Array(randomBytes(2 * partBytes + 1000));
const sha256 = createHash('sha256').update(file).digest('hex');

for (const kind of ['minio', 'seaweedfs'] satisfies StorageKind[]) {
  describe.skipIf(missingStorage(kind) !== null)(`uploads on ${kind}`, () => {
    let api: Api;
    let ann: Person;
    let bob: Person;
    beforeAll(async () => {
      api = await startApi({ s3: kind });
      ann = await api.person('ann', ['datasets']);
      bob = await api.person('bob', ['datasets']);
    });
    afterAll(() => api.stop());

    const newDataset = async (name = 'pets', who = ann): Promise<string> => {
      const { status, body } = await who.call<Dataset>('POST', '/v1/datasets', { name });
      expect(status).toBe(201);
      expect(body).toMatchObject({ name, version: null, status: 'empty', classes: [], latest: null });
      return body.id;
    };
    const begin = async (request: object = {}, who = ann): Promise<Upload> => {
      const { status, body } = await who.call<Upload>('POST', `/v1/datasets/${await newDataset('pets', who)}/uploads`, { fileName: 'pets.zip', bytes: file.length, ...request });
      expect(status).toBe(201);
      return body;
    };
    const state = async (id: string): Promise<Upload> => (await ann.call<Upload>('GET', `/v1/uploads/${id}`)).body;
    const send = async (id: string, ...numbers: number[]): Promise<void> => {
      const { status, body } = await ann.call<PartsReply>('POST', `/v1/uploads/${id}/parts`, { parts: numbers });
      expect(status).toBe(200);
      for (const { url, offset, bytes } of body.parts) {
        const reply = await fetch(url, { method: 'PUT', body: file.subarray(offset, offset + bytes) });
        expect(reply.status).toBe(200);
      }
    };
    const complete = <T = DatasetVersion>(id: string, body: object = {}) => ann.call<T>('POST', `/v1/uploads/${id}/complete`, body);
    const stored = async (id: string): Promise<{ key: string; storage_upload_id: string }> => {
      const [row] = await api.sql<{ key: string; storage_upload_id: string }[]>`select key, storage_upload_id from upload where id = ${id}`;
      if (row === undefined) throw new Error('no such upload');
      return row;
    };

    it('takes a file in parts, goes on where it stood, and makes one version of it however often it is completed', async () => {
      const made = await begin({ sha256, options: { imageSize: 64 } });
      expect(made).toMatchObject({ status: 'open', partBytes, partCount: 3, received: [], sha256, version: null, options: { imageSize: 64, testFraction: 0.2, seed: 0 } });
      await send(made.id, 3, 1);
      // What a client finds that knows nothing any more.
      const { body: list } = await ann.call<{ items: Upload[] }>('GET', '/v1/uploads');
      expect(list.items.find(({ id }) => id === made.id)).toMatchObject({ status: 'open', received: [1, 3], fileName: 'pets.zip', datasetName: 'pets', bytes: file.length });

      const early = await complete<Problem>(made.id);
      expect([early.status, early.body.detail]).toEqual([409, 'Part 2 is missing. Send it and complete the upload again.']);
      expect((await state(made.id)).status).toBe('open');
      await send(made.id, 2);
      const replies = await Promise.all([complete(made.id), complete(made.id), complete(made.id)]);
      replies.push(await complete(made.id, { sha256 }));
      for (const { status, body } of replies) {
        expect(status).toBe(200);
        expect(body).toMatchObject({ dataset: made.dataset, version: 1, status: 'queued', origin: { kind: 'upload', file: 'pets.zip', bytes: file.length }, options: { imageSize: 64 } });
      }
      expect(await state(made.id)).toMatchObject({ status: 'completed', version: 1, received: [1, 2, 3] });
      const { key } = await stored(made.id);
      const whole = await (await fetch(await api.storage.presignGet(key, 'worker'))).arrayBuffer();
      expect(createHash('sha256').update(Buffer.from(whole)).digest('hex')).toBe(sha256);
      expect((await ann.call<Dataset>('GET', `/v1/datasets/${made.dataset}`)).body).toMatchObject({ status: 'queued', latest: 1, version: null });

      for (const { status, body } of [await ann.call<Problem>('POST', `/v1/uploads/${made.id}/parts`, { parts: [1] }), await ann.call<Problem>('DELETE', `/v1/uploads/${made.id}`)])
        expect([status, body.detail]).toEqual([409, expect.stringMatching(/complete/)]);
    });

    it('completes what a lost answer left half done', async () => {
      const { id } = await begin();
      await send(id, 1, 2, 3);
      const { key, storage_upload_id: uploadId } = await stored(id);
      await api.storage.completeMultipart(key, uploadId, (await api.storage.listParts(key, uploadId)) ?? []);
      await api.sql`update upload set status = 'completing' where id = ${id}`;
      expect(await state(id)).toMatchObject({ status: 'completing', received: [1, 2, 3] });
      expect(await complete(id)).toMatchObject({ status: 200, body: { version: 1 } });
    });

    it('refuses another SHA-256 than the one that it began with', async () => {
      const { id } = await begin({ sha256 });
      const { status, body } = await complete<Problem>(id, { sha256: '0'.repeat(64) });
      expect([status, body.detail]).toEqual([409, expect.stringMatching(/began with another SHA-256/)]);
    });

    it('takes the parts of a dropped upload away, and says so to whoever goes on', async () => {
      const { id } = await begin();
      await send(id, 1);
      const { key, storage_upload_id: uploadId } = await stored(id);
      expect((await ann.call('DELETE', `/v1/uploads/${id}`)).status).toBe(204);
      expect((await ann.call('DELETE', `/v1/uploads/${id}`)).status).toBe(204);
      expect(await api.storage.listParts(key, uploadId)).toBeNull();
      expect(await state(id)).toMatchObject({ status: 'dropped', received: [] });
      expect((await ann.call<Problem>('POST', `/v1/uploads/${id}/parts`, { parts: [2] })).status).toBe(409);
      expect(await complete<Problem>(id)).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/has been dropped/) } });
    });

    it('notices that the storage has cleared an upload away', async () => {
      const { id } = await begin();
      await send(id, 1);
      const { key, storage_upload_id: uploadId } = await stored(id);
      await api.storage.dropMultipart(key, uploadId);
      expect(await state(id)).toMatchObject({ status: 'dropped', received: [] });
      expect((await ann.call<{ items: Upload[] }>('GET', '/v1/uploads')).body.items.map((one) => one.id)).not.toContain(id);
    });

    it('sweeps what nobody goes on with', async () => {
      const [silent, alive] = [await begin(), await begin()];
      await send(silent.id, 1);
      await api.sql`update upload set touched_at = now() - interval '8 days' where id in (${silent.id}, ${alive.id})`;
      await send(alive.id, 1);
      expect(await sweepUploads(api)).toBe(1);
      expect([(await state(silent.id)).status, (await state(alive.id)).status]).toEqual(['dropped', 'open']);
      const { key, storage_upload_id: uploadId } = await stored(silent.id);
      const due = await api.sql<{ storage_upload_id: string | null }[]>`select storage_upload_id from removal where prefix = ${key}`;
      expect(due.map((row) => row.storage_upload_id)).toEqual(expect.arrayContaining([uploadId, null]));
    });

    it('is nobody else\'s business', async () => {
      const { id, dataset } = await begin();
      const calls = [
        bob.call('GET', `/v1/uploads/${id}`),
        bob.call('POST', `/v1/uploads/${id}/parts`, { parts: [1] }),
        bob.call('POST', `/v1/uploads/${id}/complete`, {}),
        bob.call('DELETE', `/v1/uploads/${id}`),
        bob.call('POST', `/v1/datasets/${dataset}/uploads`, { fileName: 'a.zip', bytes: 1 }),
        bob.call('POST', '/v1/datasets/cifar10/uploads', { fileName: 'a.zip', bytes: 1 }),
        ann.call('GET', '/v1/uploads/%00'),
      ];
      for (const { status } of await Promise.all(calls)) expect(status).toBe(404);
      expect((await bob.call<{ items: Upload[] }>('GET', '/v1/uploads')).body.items).toEqual([]);
      const reader = await api.person('reader', ['runs']);
      expect((await reader.call('POST', '/v1/datasets', { name: 'x' })).status).toBe(403);
    });

    it('refuses what no upload can be', async () => {
      const dataset = await newDataset();
      const refuse = async (body: object): Promise<(string | undefined)[]> => {
        const reply = await ann.call<Problem>('POST', `/v1/datasets/${dataset}/uploads`, { fileName: 'a.zip', bytes: 10, ...body });
        expect(reply.status).toBe(422);
        return (reply.body.errors ?? []).map(({ path }) => path);
      };
      expect(await refuse({ bytes: 20 * 2 ** 30 + 1 })).toEqual(['bytes']);
      expect(await refuse({ bytes: 0 })).toEqual(['bytes']);
      expect(await refuse({ fileName: 'a\u001b[2J.zip' })).toEqual(['fileName']);
      expect(await refuse({ sha256: 'abc' })).toEqual(['sha256']);
      expect(await refuse({ options: { imageSize: 16 } })).toEqual(['options.imageSize']);
      const { id } = await begin();
      expect(await ann.call<Problem>('POST', `/v1/uploads/${id}/parts`, { parts: [1, 4] })).toMatchObject({ status: 422, body: { errors: [{ path: 'parts.1' }] } });
    });

    it('lets one owner have a bounded number under way, also when all ask at once', async () => {
      const eve = await api.person('eve', ['datasets']);
      const dataset = await newDataset('many', eve);
      const ask = () => eve.call<Problem>('POST', `/v1/datasets/${dataset}/uploads`, { fileName: 'a.zip', bytes: 10 });
      const statuses = (await Promise.all(Array.from({ length: 23 }, ask))).map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(20);
      expect(statuses.filter((status) => status === 409)).toHaveLength(3);
      expect((await ask()).body.detail).toMatch(/20 uploads under way/);
      expect((await bob.call('POST', '/v1/datasets', { name: 'other' })).status).toBe(201);
    });
  });
}
