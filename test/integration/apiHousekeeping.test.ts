import type { DatasetVersion } from '@thaw/contract/datasets';
import type { Upload } from '@thaw/contract/uploads';
import { startHousekeeping } from '@thaw/api/housekeeping/startHousekeeping';
import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import { sweepUploads } from '@thaw/api/uploads/sweepUploads';
import { createLog } from '@thaw/api/log';
import { openStorage } from '@thaw/api/storage/storage';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, startApi, until, type Api, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

const log = createLog('test', 'silent');
let api: Api;
let alice: Person;
let client: S3Client;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage });
  alice = await api.person('alice', ['runs', 'datasets']);
  const { endpoint, region, accessKeyId, secretAccessKey } = api.servers.s3;
  client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}, 60_000);
afterAll(async () => {
  client?.destroy();
  await api?.stop();
});

const keysUnder = async (prefix: string) =>
  ((await client.send(new ListObjectsV2Command({ Bucket: api.servers.s3.bucket, Prefix: prefix }))).Contents ?? []).flatMap(({ Key }) => Key ?? []).sort();
const sweep = () => sweepRemovals({ db: api.db, storage: api.storage, log });
const ready = async () => {
  const { dataset } = await uploadedDataset(api, alice);
  await (await claimIngest(api))?.complete(petImages());
  return dataset;
};

describe('the sweep', () => {
  it('takes the archive of a version that is ready, all of a deleted version, and all of a deleted data set', async () => {
    const [kept, gone] = [await ready(), await ready()];
    const files = ['attempt-1/images.ndjson', 'attempt-1/test.safetensors', 'attempt-1/train.safetensors', 'manifest.json'];
    const ofVersion = (id: string, version: number) => files.map((name) => `datasets/${id}/v${version}/${name}`);
    expect(await keysUnder(`datasets/${kept}/uploads/`)).toHaveLength(1);
    await sweep();
    expect(await keysUnder(`datasets/${kept}/`)).toEqual(ofVersion(kept, 1));

    await alice.call<DatasetVersion>('POST', `/v1/datasets/${kept}/versions`, { edits: { exclude: [{ split: 'train', row: 0 }] } });
    await (await claimIngest(api))?.complete(petImages());
    expect(await keysUnder(`datasets/${kept}/`)).toEqual([...ofVersion(kept, 1), ...ofVersion(kept, 2)]);
    await alice.call('DELETE', `/v1/datasets/${kept}/versions/1`);
    await alice.call('DELETE', `/v1/datasets/${gone}`);
    await sweep();
    expect(await keysUnder(`datasets/${kept}/`)).toEqual(ofVersion(kept, 2));
    expect(await keysUnder(`datasets/${gone}/`)).toEqual([]);
    // What is written there late, with an address that was given out before, goes too.
    expect(await api.sql`select prefix from removal where due_at > now() + interval '1 hour'`).toContainEqual({ prefix: `datasets/${gone}/` });
  });

  it('drops parts of an upload whose data set was deleted, and of one that nobody went on with', async () => {
    const begin = async () => {
      const { body: dataset } = await alice.call<{ id: string }>('POST', '/v1/datasets', { name: 'begun' });
      const { body: upload } = await alice.call<Upload>('POST', `/v1/datasets/${dataset.id}/uploads`, { fileName: 'a.zip', bytes: 10 });
      const [row] = await api.sql<{ key: string; storage_upload_id: string }[]>`select key, storage_upload_id from upload where id = ${upload.id}`;
      return { dataset: dataset.id, upload: upload.id, parts: () => api.storage.listParts(row?.key ?? '', row?.storage_upload_id ?? '') };
    };
    const [deleted, abandoned, alive] = [await begin(), await begin(), await begin()];
    expect(await deleted.parts()).toEqual([]);
    expect((await alice.call('DELETE', `/v1/datasets/${deleted.dataset}`)).status).toBe(204);
    await api.sql`update upload set touched_at = now() - interval '30 days' where id = ${abandoned.upload}`;
    await sweepUploads({ db: api.db });
    await sweep();
    expect([await deleted.parts(), await abandoned.parts(), await alive.parts()]).toEqual([null, null, []]);
  });

  it('tries again later what the storage did not do, and does the rest meanwhile', async () => {
    await api.sql`delete from removal`;
    await api.storage.putText('datasets/a/x', 'x', 'text/plain');
    await api.sql`insert into removal (prefix) values ('datasets/a/')`;
    const away = openStorage({ ...api.servers.s3, endpoint: 'http://127.0.0.1:9' });
    expect(await sweepRemovals({ db: api.db, storage: away, log })).toBe(0);
    away.close();
    expect(await api.sql`select 1 from removal where due_at > now()`).toHaveLength(1);
    await api.sql`update removal set due_at = now()`;
    expect(await sweep()).toBe(1);
    await expect(client.send(new GetObjectCommand({ Bucket: api.servers.s3.bucket, Key: 'datasets/a/x' }))).rejects.toThrow();
  });
});

describe('housekeeping', () => {
  it('is done by one of two dispatchers, on few connections', async () => {
    await api.sql`delete from removal`;
    const ctx = { db: api.db, storage: api.storage, log };
    const both = [await startHousekeeping({ ctx, databaseUrl: api.servers.databaseUrl }), await startHousekeeping({ ctx, databaseUrl: api.servers.databaseUrl })];
    try {
      await api.storage.putText('datasets/b/x', 'x', 'text/plain');
      await api.sql`insert into removal (prefix) values ('datasets/b/')`;
      // What the schedule does each minute.
      await api.sql`insert into pgboss.job (name, policy) values ('sweep-removals', 'exclusive')`;
      await until('it is swept', async () => (await keysUnder('datasets/b/')).length === 0, 25);
      expect(await api.sql`select name, cron from pgboss.schedule`).toEqual(expect.arrayContaining([{ name: 'sweep-removals', cron: '* * * * *' }, { name: 'sweep-uploads', cron: '*/10 * * * *' }]));
      const [connections] = await api.sql<{ count: number }[]>`select count(*)::int from pg_stat_activity where application_name = 'thaw-housekeeping'`;
      expect(connections?.count).toBeLessThanOrEqual(4);
    } finally {
      await Promise.all(both.map(({ close }) => close()));
    }
  }, 60_000);
});
