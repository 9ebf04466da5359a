import { openStorage, type Storage } from '@thaw/api/storage/storage';
import { storageClient } from '@thaw/infra/stack/objectStorage';
import type { RunningStorage } from '@thaw/infra/stack/seaweedfs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
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

    it('refuses other credentials', async () => {
      const client = storageClient({ ...server, secretAccessKey: 'not-the-secret-key' });
      await expect(client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
      client.destroy();
    });
  });
}
