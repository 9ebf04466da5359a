import type { DatasetVersion } from '@thaw/contract/datasets';
import { noLimits } from '@thaw/contract/quotas';
import type { Run } from '@thaw/contract/runs';
import type { Upload } from '@thaw/contract/uploads';
import { runQueue } from '@thaw/api/dispatch/runQueue';
import { openTally } from '@thaw/api/housekeeping/openTally';
import { startHousekeeping } from '@thaw/api/housekeeping/startHousekeeping';
import { sweepRemovals } from '@thaw/api/housekeeping/sweepRemovals';
import { tallyLeases } from '@thaw/api/housekeeping/tallyLeases';
import { sweepWorkers } from '@thaw/api/workers/sweepWorkers';
import { sweepUploads } from '@thaw/api/uploads/sweepUploads';
import { createLog } from '@thaw/api/log';
import { openStorage } from '@thaw/api/storage/storage';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyStorage, caller, claim, smallRun, startApi, until, type Api, type Person } from './apiHarness.ts';
import { claimIngest, petImages, uploadedDataset } from './ingestByHand.ts';

const log = createLog('test', 'silent');
const metricsToken = 'a-token-of-the-monitor';
let api: Api;
let alice: Person;
let client: S3Client;

beforeAll(async () => {
  api = await startApi({ s3: anyStorage, env: { METRICS_TOKEN: metricsToken } });
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
    await expect(sweepRemovals({ db: api.db, storage: away, log })).rejects.toThrow('1 of 1 could not be done now');
    away.close();
    expect(await api.sql`select 1 from removal where due_at > now()`).toHaveLength(1);
    await api.sql`update removal set due_at = now() - interval '1 second'`;
    expect(await sweep()).toBe(1);
    await expect(client.send(new GetObjectCommand({ Bucket: api.servers.s3.bucket, Key: 'datasets/a/x' }))).rejects.toThrow();
  });
});

it('workers that nobody has seen for a month are forgotten, and what they did stays', async () => {
  const { body: run } = await alice.call<Run>('POST', '/v1/runs', smallRun);
  await (await claim(api, run.id))?.finish('failed', { code: 'diverged' });
  await api.sql`update worker set last_seen_at = now() - interval '29 days'`;
  expect(await sweepWorkers({ db: api.db })).toBe(0);
  await api.sql`update worker set last_seen_at = now() - interval '31 days'`;
  expect(await sweepWorkers({ db: api.db })).toBeGreaterThan(0);
  expect(await api.sql`select worker_id, outcome from attempt where run_id = ${run.id}`).toEqual([{ worker_id: null, outcome: 'failed' }]);
});

/** Samples of /metrics that tell of a job, without what tells of others. */
async function metricsOf(job: string): Promise<Record<string, number>> {
  const { body } = await caller(api.url, metricsToken)<string>('GET', '/metrics');
  const samples = body.split('\n').filter((line) => line.includes(`job="${job}"`));
  return Object.fromEntries(samples.map((line) => [line.slice('thaw_housekeeping_'.length, line.lastIndexOf(' ')).replace(/\{job="[^"]*",?/, '{').replace('{}', ''), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
/** What the schedule does when it is time. */
const due = (name: string) => api.sql`insert into pgboss.job (name, policy, retry_limit, retry_delay) values (${name}, 'exclusive', 5, 15)`;

describe('housekeeping', () => {
  const start = () => startHousekeeping({ ctx: { db: api.db, storage: api.storage, log }, databaseUrl: api.servers.databaseUrl, pollSeconds: 0.5 });

  it('is done by one of two dispatchers, on few connections, and told by the metrics', async () => {
    await api.sql`delete from removal`;
    const both = [await start(), await start()];
    try {
      await api.storage.putText('datasets/b/x', 'x', 'text/plain');
      await api.sql`insert into removal (prefix) values ('datasets/b/')`;
      await due('sweep-removals');
      await until('it is swept', async () => (await keysUnder('datasets/b/')).length === 0, 25);
      expect(await api.sql`select name, cron from pgboss.schedule`).toEqual(expect.arrayContaining([{ name: 'sweep-removals', cron: '* * * * *' }, { name: 'sweep-uploads', cron: '*/10 * * * *' }]));
      const [connections] = await api.sql<{ count: number }[]>`select count(*)::int from pg_stat_activity where application_name = 'thaw-housekeeping'`;
      expect(connections?.count).toBeLessThanOrEqual(4);
      await until('it is told', async () => (await metricsOf('sweep-removals'))['swept_total'] === 1);
      const samples = await metricsOf('sweep-removals');
      expect(samples).toMatchObject({ 'turns_total{outcome="failure"}': 0, last_duration_seconds: expect.any(Number) as unknown });
      expect(Math.abs((samples['last_success_timestamp_seconds'] ?? 0) - Date.now() / 1000)).toBeLessThan(30);
    } finally {
      await Promise.all(both.map(({ close }) => close()));
    }
  }, 60_000);

  it('that fails says why, is counted and tried again', async () => {
    const lines: string[] = [];
    const ctx = { db: api.db, storage: api.storage, log: createLog('test', 'warn', (line) => void lines.push(line)) };
    const { close } = await startHousekeeping({ ctx, databaseUrl: api.servers.databaseUrl, pollSeconds: 0.5 });
    try {
      await api.sql`alter table idempotent_request rename to requests_away`;
      await due('sweep-requests').finally(() => until('it has failed', async () => (await metricsOf('sweep-requests'))['turns_total{outcome="failure"}'] === 1, 10).finally(() => api.sql`alter table requests_away rename to idempotent_request`));
      expect(await metricsOf('sweep-requests')).toEqual({ 'turns_total{outcome="success"}': 0, 'turns_total{outcome="failure"}': 1, swept_total: 0, last_duration_seconds: expect.any(Number) as unknown });
      expect(lines.map((line) => JSON.parse(line) as { chore?: string; msg: string; err?: { message: string } })).toContainEqual(
        expect.objectContaining({ chore: 'sweep-requests', msg: 'housekeeping failed; it is tried again', err: expect.objectContaining({ message: expect.stringContaining('idempotent_request') as unknown }) as unknown }),
      );
      const [{ error } = { error: '' }] = await api.sql<{ error: string }[]>`select last_error as error from chore where name = 'sweep-requests'`;
      expect(error).toContain('relation "idempotent_request" does not exist');
      // Its pause is over.
      await until('it waits for another try', async () => (await api.sql`update pgboss.job set start_after = now() where name = 'sweep-requests' and state = 'retry'`).count === 1);
      await until('it is done', async () => (await metricsOf('sweep-requests'))['turns_total{outcome="success"}'] === 1);
    } finally {
      await close();
    }
  }, 60_000);

  it('tells how many leases have run out, and which messages have not arrived', async () => {
    const { body: run } = await alice.call<Run>('POST', '/v1/runs', smallRun);
    await claim(api, run.id);
    await api.sql`update run set lease_expires_at = now() - interval '1 second' where id = ${run.id}`;
    const tally = openTally({ db: api.db, log });
    const queue = tallyLeases(runQueue({ db: api.db, log, settings: { quota: noLimits } }), 'expire-run-leases', tally);
    for (let turn = 0; turn < 3; turn++) await queue.expireLeases();
    await tally.close();
    expect(await metricsOf('expire-run-leases')).toMatchObject({ 'turns_total{outcome="success"}': 3, 'turns_total{outcome="failure"}': 0, swept_total: 1 });

    await api.sql`insert into webhook (id, owner_id, name, url, events, sealed_secret) values ('hook', ${alice.id}, 'hook', 'https://example.org', '{}', '')`;
    await api.sql`insert into webhook_delivery (id, webhook_id, type, message, attempts, next_try_at) select 'd' || n, 'hook', 'ping', '{}', n, now() - interval '1 hour' from generate_series(0, 2) n`;
    const { body } = await caller(api.url, metricsToken)<string>('GET', '/metrics');
    expect(body).toMatch(/^thaw_queue_length\{queue="webhooks"\} 3$/m);
    expect(body).toMatch(/^thaw_queue_oldest_seconds\{queue="webhooks"\} 36\d\d/m);
    expect(body).toMatch(/^thaw_webhook_retries_waiting 2$/m);
  });
});
