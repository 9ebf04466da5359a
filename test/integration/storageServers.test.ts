import { openStorage, type Storage } from '@thaw/api/storage/storage';
import { storageClient } from '@thaw/infra/stack/objectStorage';
import type { RunningStorage } from '@thaw/infra/stack/seaweedfs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingStorage, startStorage, temporaryFolder, type StorageKind } from './servers.ts';

/** What workers and browsers do with either server: presigned transfers, and nothing without a signature. */
for (const kind of ['seaweedfs', 'minio'] satisfies StorageKind[]) {
  describe.skipIf(missingStorage(kind) !== null)(`S3 server ${kind}`, () => {
    const folder = temporaryFolder();
    let server: RunningStorage;
    let storage: Storage;

    beforeAll(async () => {
      server = await startStorage(kind, folder);
      storage = openStorage(server);
    });
    afterAll(async () => {
      storage.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const put = (url: string, body: Uint8Array<ArrayBuffer>): Promise<Response> => fetch(url, { method: 'PUT', body });

    it('takes and gives an object of several chunks by presigned addresses', async () => {
      const body = new Uint8Array(randomBytes(9 * 2 ** 20 + 7));
      expect((await put(await storage.presignPut('runs/a/model.safetensors', body.length), body)).status).toBe(200);
      expect(await storage.size('runs/a/model.safetensors')).toBe(body.length);
      const reply = await fetch(await storage.presignGet('runs/a/model.safetensors', 'worker'));
      expect(Buffer.compare(Buffer.from(await reply.arrayBuffer()), Buffer.from(body))).toBe(0);
      expect(await storage.size('runs/a/missing')).toBeNull();
    });

    it('serves a range, as a resumed download asks for', async () => {
      await storage.putText('range.txt', '0123456789', 'text/plain');
      const reply = await fetch(await storage.presignGet('range.txt', 'worker'), { headers: { range: 'bytes=3-6' } });
      expect([reply.status, await reply.text()]).toEqual([206, '3456']);
    });

    it('refuses what is not signed, signed for another key, or not of the promised size', async () => {
      await storage.putText('secret.txt', 'secret', 'text/plain');
      const signed = await storage.presignGet('secret.txt', 'worker');
      const bare = `${server.endpoint}/${server.bucket}/secret.txt`;
      const upload = await storage.presignPut('sized.bin', 4);
      const replies = await Promise.all([
        fetch(bare),
        put(bare, new Uint8Array(4)),
        fetch(signed.replace('secret.txt', 'other.txt')),
        fetch(signed.replace(/Signature=[0-9a-f]{8}/, 'Signature=00000000')),
        put(upload.replace('sized.bin', 'elsewhere.bin'), new Uint8Array(4)),
        put(upload, new Uint8Array(5)),
      ]);
      for (const reply of replies) expect(reply.status).toBe(403);
      expect(await (await fetch(signed)).text()).toBe('secret');
      expect(await storage.size('sized.bin')).toBeNull();
    });

    it('takes an object in parts: in any order, again, checked by their MD5, and whole only with all of them', async () => {
      const [key, partBytes] = ['datasets/d/uploads/u', 5 * 2 ** 20];
      const body = new Uint8Array(randomBytes(2 * partBytes + 9));
      const partOf = (part: number): Uint8Array<ArrayBuffer> => body.subarray((part - 1) * partBytes, part * partBytes);
      const id = await storage.beginMultipart(key);
      const sent = async (part: number, bytes: Uint8Array<ArrayBuffer>, md5Of = bytes): Promise<number> => {
        const url = await storage.presignPart(key, id, part, bytes.length, 'upload');
        const md5 = createHash('md5').update(md5Of).digest('base64');
        return (await fetch(url, { method: 'PUT', body: bytes, headers: { 'content-md5': md5 } })).status;
      };
      expect(await storage.listParts(key, id)).toEqual([]);
      expect(await sent(3, partOf(3))).toBe(200);
      expect(await sent(1, new Uint8Array(partBytes))).toBe(200);
      expect(await sent(1, new Uint8Array(partBytes).fill(1))).toBe(200);
      // Of copies within one second no server has to know the newer one; the next second's is it.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await sent(1, partOf(1))).toBe(200);
      expect(await sent(2, partOf(2), partOf(1))).toBe(400);
      expect((await storage.listParts(key, id))?.map(({ part, bytes }) => [part, bytes])).toEqual([[1, partBytes], [3, 9]]);
      expect(await sent(2, partOf(2))).toBe(200);
      const parts = (await storage.listParts(key, id)) ?? [];
      expect(await storage.size(key)).toBeNull();
      await expect(storage.completeMultipart(key, id, parts.map((part) => ({ ...part, etag: '"00000000000000000000000000000000"' })))).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await storage.completeMultipart(key, id, parts)).toBe(true);
      const whole = await (await fetch(await storage.presignGet(key, 'worker'))).arrayBuffer();
      expect(Buffer.compare(Buffer.from(whole), Buffer.from(body))).toBe(0);
      expect(await storage.listParts(key, id)).toBeNull();
      await storage.dropMultipart(key, id);
      expect(await storage.size(key)).toBe(body.length);
    });

    it('refuses a part once its address has expired or its upload is dropped, and takes it by a new address', async () => {
      const brief = openStorage(server, { upload: 1 });
      const [key, body] = ['datasets/d/uploads/expired', new Uint8Array(9)];
      const id = await brief.beginMultipart(key);
      const early = await brief.presignPart(key, id, 1, body.length, 'upload');
      await new Promise((resolve) => setTimeout(resolve, 2100));
      expect((await put(early, body)).status).toBe(403);
      expect((await put(await storage.presignPart(key, id, 1, body.length, 'upload'), body)).status).toBe(200);
      await storage.dropMultipart(key, id);
      await storage.dropMultipart(key, id);
      expect((await put(await storage.presignPart(key, id, 1, body.length, 'upload'), body)).status).toBe(404);
      expect(await storage.listParts(key, id)).toBeNull();
      brief.close();
    });

    it('lets a page of another origin send parts, also after the bucket was told so twice', async () => {
      await storage.allowBrowsers();
      await storage.allowBrowsers();
      const url = await storage.presignPart('datasets/d/uploads/cors', await storage.beginMultipart('datasets/d/uploads/cors'), 1, 3, 'upload');
      const origin = 'https://thaw.example.org';
      const asked = await fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-md5' } });
      expect(asked.ok).toBe(true);
      expect(asked.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/thaw\.example\.org)$/);
      expect(asked.headers.get('access-control-allow-methods')).toContain('PUT');
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/\*|content-md5/i);
      const sent = await fetch(url, { method: 'PUT', body: new Uint8Array(3), headers: { origin } });
      expect([sent.status, sent.headers.get('access-control-expose-headers')]).toEqual([200, expect.stringMatching(/etag/i)]);
    });

    it('signs addresses for people, and for workers elsewhere, with the public address', async () => {
      const elsewhere = openStorage({ ...server, publicEndpoint: 'https://files.example.org' });
      const hostOf = (url: string): string => new URL(url).origin;
      expect(hostOf(await elsewhere.presignPart('k', 'u', 1, 1, 'upload'))).toBe('https://files.example.org');
      expect(hostOf(await elsewhere.presignGet('k', 'download'))).toBe('https://files.example.org');
      expect(hostOf(await elsewhere.presignGet('k', 'worker'))).toBe(server.endpoint);
      expect(hostOf(await elsewhere.presignPart('k', 'u', 1, 1, 'worker'))).toBe(server.endpoint);
      expect(hostOf(await elsewhere.presignPut('k', 1))).toBe(server.endpoint);
      const { presignGet, presignPut, presignPart } = elsewhere.elsewhere;
      const ofWorkersElsewhere = await Promise.all([presignGet('k', 'worker'), presignPut('k', 1), presignPart('k', 'u', 1, 1, 'worker')]);
      expect(ofWorkersElsewhere.map(hostOf)).toEqual(Array(3).fill('https://files.example.org'));
      elsewhere.close();
    });

    it('refuses other credentials', async () => {
      const client = storageClient({ ...server, secretAccessKey: 'not-the-secret-key' });
      await expect(client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
      client.destroy();
    });
  });
}
